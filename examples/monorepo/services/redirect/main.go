// Sends plain HTTP to HTTPS. Must listen on port 80: the load balancer is a dumb one.
package main

import (
	"log"
	"net/http"
)

func main() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusMovedPermanently)
	})
	log.Fatal(http.ListenAndServe(":80", handler))
}
