// A web service on the socket that systemd passes, standard library only.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	passed = 3                // the first descriptor that systemd passes
	drain  = 25 * time.Second // less than the unit's TimeoutStopSec
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

// run serves until SIGTERM, then finishes what was accepted. What still waits in the socket's queue is for the next process.
func run() error {
	listener, err := socket()
	if err != nil {
		return err
	}
	server := &http.Server{Handler: routes(release()), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	if err := notify("READY=1"); err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-stop.Done():
		limit, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		return server.Shutdown(limit)
	}
}

// socket is the one that systemd passed to this very process.
func socket() (net.Listener, error) {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, errors.New("no socket was passed: start me from hello-go.socket, or with systemd-socket-activate")
	}
	return net.FileListener(os.NewFile(passed, "socket"))
}

// release is what sockdeploy wrote beside the program; read once, it says what this process runs.
func release() string {
	text, err := os.ReadFile("RELEASE")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

func routes(release string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"release": release})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "hello from release %s\n", release)
	})
	return mux
}

// notify tells systemd; without it, nobody.
func notify(state string) error {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return nil
	}
	door, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer door.Close()
	_, err = door.Write([]byte(state))
	return err
}
