package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

// sayAlive notes every few seconds that this process is alive, until ctx ends.
// Then it takes the note out: a process that stops in order is not missed.
func (h *house) sayAlive(ctx context.Context) {
	id, actor := randomID(), access.System("heartbeat")
	ticker := time.NewTicker(reads.HeartbeatEvery)
	defer ticker.Stop()
	failing := false
	for {
		err := h.store.Heartbeat(ctx, actor, id, h.config.Roles.String())
		if ctx.Err() == nil && (err != nil) != failing {
			failing = err != nil
			h.log.Log(ctx, heartbeatLevel(failing), "heartbeat", "works", !failing, "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			if err := h.store.EndHeartbeat(context.WithoutCancel(ctx), actor, id); err != nil {
				h.log.Warn("heartbeat not ended", "error", err)
			}
			return
		}
	}
}

func heartbeatLevel(failing bool) slog.Level {
	if failing {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// sayFirstSignIn says where the first admin begins as long as nobody on the staff of any clinic can sign in. It is only
// printed, never logged.
func (h *house) sayFirstSignIn(ctx context.Context, out io.Writer) error {
	clinics, err := h.store.Clinics(ctx, access.Operator(""))
	if err != nil || len(clinics) == 0 {
		return err
	}
	for _, clinic := range clinics {
		staff, err := h.store.Staff(ctx, access.Operator(string(clinic.ID)), clinic.ID)
		if err != nil {
			return err
		}
		if len(staff) > 0 {
			return nil
		}
	}
	token, err := h.store.FirstToken(ctx, access.Operator(string(clinics[0].ID)), clinics[0].ID)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Nobody can sign in yet. The first admin begins here: %s/signin/first/%s\n",
		h.publicURL(), token)
	return err
}

// healthTimeout is how long the process may take to say that it is alive.
const healthTimeout = 5 * time.Second

// healthCommand asks the process on this machine, through the address that it
// listens on, whether it is alive. The image's health check runs it.
func healthCommand(t terminal) *cobra.Command {
	c := t.command("health", "ask the process that runs here whether it is alive; exit code 1 when it is not", 0, 0)
	t.handle(c, func(ctx context.Context, config Config, _ []string) error {
		ctx, cancel := context.WithTimeout(ctx, healthTimeout)
		defer cancel()
		address := "http://" + dialable(config.Listen) + "/healthz"
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return fmt.Errorf("asking for the health: %w", err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return fault.Wrap(fault.Unavailable, err,
				"Nothing answers at %s. Start it with almanac serve, or name its address with listen.", address)
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fault.New(fault.Unavailable, "%s answers %s. The log of the process says more.", address,
				response.Status)
		}
		_, err = fmt.Fprintln(t.out, "alive")
		return err
	})
	return c
}

// dialable gives the address at which this machine reaches a server that listens
// on all addresses.
func dialable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if address, err := netip.ParseAddr(host); host == "" || err == nil && address.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
