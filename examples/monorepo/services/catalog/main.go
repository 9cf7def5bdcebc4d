// The catalogue of second-hand books.
package main

import (
	"embed"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"hinoki.example/money"
)

//go:embed books.json
var data embed.FS

type book struct {
	ISBN  string    `json:"isbn"`
	Title string    `json:"title"`
	Price money.Yen `json:"price"`
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8081"
	}
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		response, err := (&http.Client{Timeout: 2 * time.Second}).Get("http://127.0.0.1:" + port + "/healthz")
		if err != nil || response.StatusCode != http.StatusOK {
			os.Exit(1)
		}
		return
	}
	raw, err := data.ReadFile("books.json")
	if err != nil {
		log.Fatal(err)
	}
	var books []book
	if err := json.Unmarshal(raw, &books); err != nil {
		log.Fatal(err)
	}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	http.HandleFunc("/books", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Time", time.Now().In(tokyo).Format(time.RFC3339))
		json.NewEncoder(w).Encode(books)
	})
	log.Fatal(http.ListenAndServe(":"+port, nil))
}
