package smtp_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"almanac/notify/smtp"
)

// Check does not panic or race when its context ends while the server answers.
func TestCheckEndsWithItsContext(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	stops := make(chan context.CancelFunc, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = fmt.Fprint(conn, "220 here\r\n")
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				_, _ = fmt.Fprint(conn, "250 yes\r\n")
				if strings.HasPrefix(lines.Text(), "NOOP") {
					(<-stops)()
				}
			}
			_ = conn.Close()
		}
	}()
	channel, err := smtp.New("smtp://"+listener.Addr().String()+"?tls=none", smtp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = channel.Close() }()
	for range 300 {
		ctx, stop := context.WithCancel(t.Context())
		stops <- stop
		_ = channel.Check(ctx) // either answer is right
		<-ctx.Done()
	}
}
