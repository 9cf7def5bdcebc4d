// Cover pictures: uploads go to /data/covers, thumbnails to /cache.
package main

import (
	"html/template"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
)

func main() {
	index := template.Must(template.ParseFiles("templates/index.html"))
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { index.Execute(w, nil) })
	http.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		file, err := os.CreateTemp("/data/covers", "cover-*")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer file.Close()
		io.Copy(file, io.LimitReader(r.Body, 10<<20))
		io.WriteString(w, filepath.Base(file.Name())+"\n")
	})
	log.Fatal(http.ListenAndServe(":8084", nil))
}
