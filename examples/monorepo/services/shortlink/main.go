// Short links for the posters in the shop.
package main

import (
	"bufio"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	file, err := os.Open("links.txt")
	if err != nil {
		log.Fatal(err)
	}
	links := map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, target, found := strings.Cut(lines.Text(), " "); found {
			links["/"+name] = target
		}
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if target, found := links[r.URL.Path]; found {
			http.Redirect(w, r, target, http.StatusFound)
			return
		}
		http.NotFound(w, r)
	})
	log.Fatal(http.ListenAndServe(":8086", nil))
}
