// Orders: takes them and hands them to the warehouse.
package main

import (
	"fmt"
	"log"
	"net/http"

	"github.com/google/uuid"
)

var version = "dev"

func main() {
	http.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			http.Error(w, "POST only", http.StatusMethodNotAllowed)
			return
		}
		fmt.Fprintln(w, uuid.NewString())
	})
	log.Printf("orders %s", version)
	log.Fatal(http.ListenAndServe(":8083", nil))
}
