package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

// healthcheck asks the running server and gives the exit code for HEALTHCHECK.
func healthcheck(url string) int {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}
