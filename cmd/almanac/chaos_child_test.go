//go:build crashpoints

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The variables by which a child knows what it is.
const (
	childRole  = "ALMANAC_CHAOS_CHILD" // serve, desk or migrate
	childClock = "ALMANAC_CHAOS_CLOCK"
	childArgs  = "ALMANAC_CHAOS_ARGS" // JSON
)

// TestChaosChild is not a test: started again by a rehearsal, the test program is
// the program itself, on a clock that runs faster, and ends as it was told to.
func TestChaosChild(t *testing.T) {
	role := os.Getenv(childRole)
	if role == "" {
		return
	}
	clock, err := parseFastClock(os.Getenv(childClock))
	if err != nil {
		t.Fatal(err)
	}
	var args []string
	if err := json.Unmarshal([]byte(os.Getenv(childArgs)), &args); err != nil {
		t.Fatal(err)
	}
	terminal := terminal{in: strings.NewReader(""), out: io.Discard, trouble: os.Stderr, lookupEnv: noEnvironment,
		readFile: os.ReadFile, now: clock.now}
	ctx, stop := untilSignal(context.Background())
	defer stop()
	if role == "desk" {
		err = serveDesk(ctx, args, clock.now)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
		os.Exit(exitDone)
	}
	go func() { // the rehearsal is gone, in whatever way
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(exitFailed)
	}()
	os.Exit(run(ctx, terminal, append([]string{role}, args...)))
}

// child is a process of a rehearsal.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	log   *os.File
	gone  chan struct{}
	ended error
}

// startChild starts the test program as a child. crash is "name:n" or empty.
func startChild(role, crash string, clock fastClock, log string, environment []string, args ...string) (*child, error) {
	packed, err := json.Marshal(args)
	if err != nil {
		return nil, fmt.Errorf("packing arguments: %w", err)
	}
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestChaosChild$", "-test.timeout=0"),
		gone: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), childRole+"="+role, childClock+"="+clock.String(), childArgs+"="+string(packed),
		"ALMANAC_CRASHPOINT="+crash, fmt.Sprintf("ALMANAC_TIMESCALE=%d", clock.scale))
	c.cmd.Env = append(c.cmd.Env, environment...)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	c.out = bufio.NewScanner(out)
	if c.log, err = os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	c.cmd.Stderr = c.log
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a child: %w", err)
	}
	go func() {
		c.ended = c.cmd.Wait()
		_ = c.log.Close()
		close(c.gone)
	}()
	return c, nil
}

// wait waits for the end, at most for so long, and tells how it came: "killed"
// by its own hand or another's, "ended", or "" when it still lives.
func (c *child) wait(within time.Duration) string {
	select {
	case <-c.gone:
	case <-time.After(within):
		return ""
	}
	if status, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() &&
		status.Signal() == syscall.SIGKILL {
		return "killed"
	}
	return "ended"
}

// serveDesk makes the changes that its input asks for, and answers each with a line.
func serveDesk(ctx context.Context, args []string, now func() time.Time) error {
	config, _, err := parseConfig(args, noEnvironment, os.ReadFile)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, config, slog.New(slog.DiscardHandler), now)
	if err != nil {
		return err
	}
	clinic, err := h.clinic(ctx, "")
	if err != nil {
		return err
	}
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var w wish
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			return err
		}
		if err := h.fulfil(ctx, request(clinic), w); err != nil {
			fmt.Println("refused:", strings.ReplaceAll(explain(err), "\n", " "))
			continue
		}
		fmt.Println("done")
	}
	return h.close()
}
