package sms_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"almanac/notify/sms"
	"almanac/scheduler/reads"
)

// kannelFile is the file of docs/sms.md for Kannel.
const kannelFile = `
method: GET
url: "http://127.0.0.1:%d/cgi-bin/sendsms?username=almanac&password=pw&charset=UTF-8&coding=0` +
	`&from=12345&to={{digits .To}}` +
	`&text={{query .Text}}&dlr-mask=3` +
	`&dlr-url={{query (printf \"%%s?key=a-secret-of-kannel&ref=%%s&fate=%%%%d&kind=report\" .Hook .Ref)}}"
answer: {fate: "text:^(\\d+):", fates: {"0": sent, "3": sent}}
hook:
  secret: a-secret-of-kannel
  signed: query:key
  report: {when: "query:kind", ref: "query:ref", fate: "query:fate", fates: {"1": delivered, "2": failed, "16": failed}}
  text: {id: "query:id", from: "query:from", text: "query:text"}
`

const kannelConf = `
group = core
admin-port = %[1]d
admin-password = bar
smsbox-port = %[2]d
box-allow-ip = "127.0.0.1"

group = smsc
smsc = fake
smsc-id = FAKE
port = %[3]d
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %[4]d

group = sendsms-user
username = almanac
password = pw

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "%[5]s?key=a-secret-of-kannel&id=%%I&from=%%p&text=%%b"
`

// fakesmsc is the phone of Debian's kannel-extras.
const fakesmsc = "/usr/lib/kannel/test/fakesmsc"

// TestKannel speaks with a real gateway: a text goes to a phone, its report comes back, and STOP and other words of the
// phone come in.
func TestKannel(t *testing.T) {
	if testing.Short() {
		t.Skip("make quick starts no services")
	}
	t.Parallel()
	_, err := exec.LookPath("bearerbox")
	if _, also := os.Stat(fakesmsc); err != nil || also != nil {
		const missing = "Kannel is not installed; on Debian and Ubuntu: apt-get install kannel kannel-extras"
		if os.Getenv("REQUIRE_SERVICES") != "1" {
			t.Skip(missing)
		}
		t.Fatal(missing)
	}
	var driver sms.Driver
	came := make(chan sms.Incoming, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in, err := driver.Read(r, body, "")
		if err != nil {
			t.Error(err)
		}
		came <- in
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	address := "http://" + server.Listener.Addr().String()
	ports := freePorts(t, 4)
	conf := filepath.Join(t.TempDir(), "kannel.conf")
	text := fmt.Sprintf(kannelConf, ports[0], ports[1], ports[2], ports[3], address)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	driver, err = sms.NewGeneric([]byte(fmt.Sprintf(kannelFile, ports[3])),
		sms.Options{Hook: func() string { return address }})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	run(t, "bearerbox", conf)
	answers(t, ports[1])
	answers(t, ports[2])
	run(t, "smsbox", conf)
	answers(t, ports[3])
	phone := run(t, fakesmsc, "-H", "127.0.0.1", "-r", fmt.Sprint(ports[2]), "-i", "0.3", "-m", "2",
		"+12025550100 12345 text STOP", "+12025550100 12345 text STOP")
	for range 2 {
		in := next(t, came)
		if len(in.Texts) != 1 || in.Texts[0].Text != "STOP" || in.Texts[0].From != number || in.Texts[0].ID == "" {
			t.Fatalf("from the phone came %d texts and %d reports", len(in.Texts), len(in.Reports))
		}
	}
	if err := driver.Check(t.Context()); err != nil {
		t.Error(err)
	}
	sent := sms.Message{Notice: "n0123", Attempt: 3, To: number, Text: "Cita: 7:00 p. m. mañana & más"}
	if d := driver.Send(t.Context(), sent); d.Outcome != reads.Sent {
		t.Fatalf("%+v", d)
	}
	if in := next(t, came); len(in.Reports) != 1 || in.Reports[0] != (reads.TextReport{Notice: "n0123", Attempt: 3,
		Fate: reads.TextDelivered}) {
		t.Errorf("reported: %+v", in.Reports)
	}
	for phone.Scan() {
		if line := phone.Text(); strings.Contains(line, "Got message") {
			if !strings.Contains(line, "12025550100") || !strings.Contains(line, "ma\u00f1ana & m") {
				t.Errorf("the phone got %s", line)
			}
			return
		}
	}
	t.Error("the phone got nothing")
}

// next waits for what the gateway says next.
func next(t *testing.T, came chan sms.Incoming) sms.Incoming {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case in := <-came:
		return in
	case <-ctx.Done():
		t.Fatal("the gateway says nothing")
		return sms.Incoming{}
	}
}

// run starts a program of the gateway, which ends with the test, and gives what it prints.
func run(t *testing.T, name string, args ...string) *bufio.Scanner {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	printed, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(printed)
	if name != fakesmsc {
		go func() { _, _ = io.Copy(io.Discard, printed) }()
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return lines
}

// freePorts gives ports that nobody listens on.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// answers waits until somebody listens on a port.
func answers(t *testing.T, port int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("nothing listens on port %d: %v", port, err)
		}
	}
}
