// The same service in Go, standard library only; /slow/SECONDS is answered late.
package main

import (
	"context"
	"encoding/json"
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

var began = time.Now()

func text(name, otherwise string) string {
	read, err := os.ReadFile(name)
	if err != nil {
		return otherwise
	}
	return strings.TrimSpace(string(read))
}

// mode is what the release does, and the seconds or the status that go with it.
func mode() (string, int) {
	words := append(strings.Fields(text("MODE", "ok")), "", "")
	here, _ := os.Hostname()
	if only := text("ONLY_ON", ""); only != "" && !strings.Contains(" "+strings.Join(strings.Fields(only), " ")+" ", " "+here+" ") {
		return "ok", 0
	}
	number, _ := strconv.Atoi(words[1])
	return words[0], number
}

func main() {
	release := text("RELEASE", "none")
	does, number := mode()
	if does == "exit" {
		os.Exit(number)
	}
	if does == "slow" {
		time.Sleep(time.Duration(number) * time.Second)
	}
	listener, err := net.FileListener(os.NewFile(3, "socket"))
	if err != nil {
		log.Fatal(err)
	}
	handle := func(response http.ResponseWriter, request *http.Request) {
		age := time.Since(began)
		status := http.StatusOK
		switch {
		case does == "hang":
			<-request.Context().Done()
			return
		case does == "fail500", does == "late500" && age >= time.Duration(number)*time.Second:
			status = http.StatusInternalServerError
		case does == "unready" && age < time.Duration(number)*time.Second:
			status = http.StatusServiceUnavailable
		}
		if seconds, err := strconv.Atoi(strings.TrimPrefix(request.URL.Path, "/slow/")); err == nil {
			time.Sleep(time.Duration(seconds) * time.Second)
		}
		response.Header().Set("Content-Type", "application/json")
		response.Header().Set("X-Release", release)
		response.WriteHeader(status)
		_ = json.NewEncoder(response).Encode(map[string]any{"release": release, "pid": os.Getpid()})
	}
	server := &http.Server{Handler: http.HandlerFunc(handle)}
	go func() { _ = server.Serve(listener) }()
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	if address := os.Getenv("NOTIFY_SOCKET"); address != "" {
		if line, err := net.Dial("unixgram", address); err == nil {
			_, _ = line.Write([]byte("READY=1"))
		}
	}
	if does == "exit-after-ready" {
		os.Exit(number)
	}
	<-stop.Done()
	limit, ended := context.WithTimeout(context.Background(), 25*time.Second)
	defer ended()
	_ = server.Shutdown(limit)
}
