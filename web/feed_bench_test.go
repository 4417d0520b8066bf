package web_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"almanac/web"
)

// BenchmarkFeed fetches one feed over loopback on connections that stay open,
// from Almanac over a real SQLite file and, where nginx is installed, the same
// bytes from nginx as a file. Read the ratios: client and server share the machine.
func BenchmarkFeed(b *testing.B) {
	h := newHouse(b, func(o *web.Options) { o.FeedRate = 0 })
	_, feed := h.links(h.enrolled(h.opened(), "Amina Canary", "amina@canary.example"))
	first := h.fetch(http.MethodGet, feed)
	address := serveLoopback(b, h.handler)
	b.Run("get", func(b *testing.B) { hammer(b, address, feed, "", http.StatusOK) })
	b.Run("304", func(b *testing.B) { hammer(b, address, feed, first.Header.Get("Etag"), http.StatusNotModified) })
	other, etag := serveNginx(b, first.body)
	if other == "" {
		return
	}
	b.Run("nginx-get", func(b *testing.B) { hammer(b, other, "/calendar.ics", "", http.StatusOK) })
	b.Run("nginx-304", func(b *testing.B) { hammer(b, other, "/calendar.ics", etag, http.StatusNotModified) })
}

func serveLoopback(b *testing.B, handler http.Handler) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	b.Cleanup(func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	})
	return listener.Addr().String()
}

// serveNginx serves the same bytes as a file; "" when nginx is not installed.
func serveNginx(b *testing.B, body string) (address, etag string) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		b.Log("nginx is not installed, so there is nothing to compare with")
		return "", ""
	}
	dir := b.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address = listener.Addr().String()
	_ = listener.Close()
	config := fmt.Sprintf(`daemon off; worker_processes 2; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 512; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; types { text/calendar ics; }
client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b;
	fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
server { listen %[2]s; root %[1]s; open_file_cache max=10; } }`, dir, address)
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	for name, content := range map[string]string{"nginx.conf": config, "calendar.ics": body} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	command := exec.Command(binary, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
	if os.Getuid() == 0 { // its workers must be able to read the file
		command.Args = append(command.Args, "-g", "user root;")
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt)
		_ = command.Wait()
	})
	for range 200 {
		answer, err := http.Get("http://" + address + "/calendar.ics")
		if err == nil {
			_ = answer.Body.Close()
			return address, answer.Header.Get("Etag")
		}
		<-time.After(10 * time.Millisecond)
	}
	b.Fatal("nginx does not answer")
	return "", ""
}

// hammer asks for the same thing again and again on parallel connections, with a
// client that does as little as possible.
func hammer(b *testing.B, address, path, etag string, status int) {
	request := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
	if etag != "" {
		request += "If-None-Match: " + etag + "\r\n"
	}
	request += "\r\n"
	b.SetParallelism(4)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			b.Error(err)
			return
		}
		defer connection.Close()
		reader := bufio.NewReaderSize(connection, 16<<10)
		for pb.Next() {
			if _, err := io.WriteString(connection, request); err != nil {
				b.Error(err)
				return
			}
			if got, err := readAnswer(reader); err != nil || got != status {
				b.Errorf("status %d, %v", got, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// readAnswer reads one answer and throws its body away.
func readAnswer(r *bufio.Reader) (status int, err error) {
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) == 0:
			_, err := r.Discard(length)
			return status, err
		case status == 0:
			if status, err = strconv.Atoi(strings.Fields(string(line))[1]); err != nil {
				return 0, err
			}
		case len(line) > 15 && bytes.EqualFold(line[:15], []byte("Content-Length:")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:]))); err != nil {
				return 0, err
			}
		}
	}
}

// BenchmarkFeedHandler is the handler alone, without a network.
func BenchmarkFeedHandler(b *testing.B) {
	s := filled(b, "more-telehealth", firstDay, 1, beforeSpring)
	server := s.serve(b, beforeSpring, nil)
	handler := server.Handler()
	first := ask(handler, http.MethodGet, "/f/"+feedKey+".ics", nil, "")
	for _, c := range []struct{ name, etag string }{{"get", ""}, {"304", first.Header.Get("Etag")}} {
		b.Run(c.name, func(b *testing.B) {
			r, err := http.NewRequest(http.MethodGet, "/f/"+feedKey+".ics", nil)
			if err != nil {
				b.Fatal(err)
			}
			if c.etag != "" {
				r.Header.Set("If-None-Match", c.etag)
			}
			w := &nowhere{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				handler.ServeHTTP(w, r)
			}
		})
	}
}

// nowhere is a response writer that keeps nothing.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(int)             {}
