// Stock on the shelves, in one SQLite file on a volume.
package main

import (
	"database/sql"
	"fmt"
	"log"
	"net/http"
	"os"

	_ "github.com/mattn/go-sqlite3"
)

func main() {
	path := os.Getenv("INVENTORY_DB")
	if path == "" {
		path = "/data/inventory.db"
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE IF NOT EXISTS stock (isbn TEXT PRIMARY KEY, copies INTEGER NOT NULL)"); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/stock", func(w http.ResponseWriter, r *http.Request) {
		var copies int
		row := db.QueryRow("SELECT copies FROM stock WHERE isbn = ?", r.URL.Query().Get("isbn"))
		if err := row.Scan(&copies); err != nil {
			http.Error(w, "unknown", http.StatusNotFound)
			return
		}
		fmt.Fprintln(w, copies)
	})
	log.Fatal(http.ListenAndServe(":8082", nil))
}
