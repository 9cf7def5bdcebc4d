// The public API: routes requests to the services behind it.
package main

import (
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"
)

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func proxy(target string) http.Handler {
	u, err := url.Parse(target)
	if err != nil {
		log.Fatalf("bad upstream %q: %v", target, err)
	}
	return httputil.NewSingleHostReverseProxy(u)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		os.Exit(healthcheck("http://127.0.0.1:" + env("PORT", "8080") + "/healthz"))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.Handle("/catalog/", http.StripPrefix("/catalog", proxy(env("CATALOG_URL", "http://catalog:8081"))))
	mux.Handle("/orders/", http.StripPrefix("/orders", proxy(env("ORDERS_URL", "http://orders:8083"))))
	server := &http.Server{Addr: ":" + env("PORT", "8080"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Printf("gateway listens on %s", server.Addr)
	log.Fatal(server.ListenAndServe())
}
