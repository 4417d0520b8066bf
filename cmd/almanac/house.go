package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"almanac/notify/mailbox"
	"almanac/protocols"
	"almanac/protocols/civil"
	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/agenda"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/oidc"
	"almanac/scheduler/reads"
	"almanac/scheduler/seal"
	"almanac/scheduler/store"
	"almanac/web"
)

// house is what every command that touches data stands on.
type house struct {
	config  Config
	log     *slog.Logger
	now     func() time.Time
	zones   *civil.Zones
	library *protocols.Library
	root    *seal.Root
	store   *store.DB
	desk    *desk.Desk
	// provider signs staff in with their organization's account; nil: there is none.
	provider *oidc.Provider
	video    web.VideoHosts

	replay []scheduler.Erasure // whom a restore must not bring back; nil: no list was given

	// What serve adds.
	post     *post
	agenda   *agenda.Agenda
	bound    string          // the address that is listened on
	listener net.Listener    // of the web server
	sample   *sample         // of the demo
	folder   *mailbox.Folder // with mail that comes in; nil: there is none
}

// openHouse opens the database, brings it up to date and puts the desk before
// it. close must be called in the end.
func openHouse(ctx context.Context, c Config, log *slog.Logger, now func() time.Time) (*house, error) {
	h, err := openUnmigrated(ctx, c, log, now)
	if err != nil {
		return nil, err
	}
	_, err = h.store.Migrate(ctx)
	if err == nil {
		err = h.store.CheckRestored(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	if err := h.listErasures(ctx); err != nil {
		log.Warn("the list of erasures is not up to date", "error", err)
	}
	return h, nil
}

func openUnmigrated(ctx context.Context, c Config, log *slog.Logger, now func() time.Time) (*house, error) {
	h := &house{config: c, log: log, now: func() time.Time { return now().UTC() }}
	var err error
	if h.zones, err = loadZones(c); err != nil {
		return nil, err
	}
	var problems error
	if h.library, problems, err = loadLibrary(c); err != nil {
		return nil, fmt.Errorf("reading the protocols: %w", err)
	}
	if problems != nil {
		log.Warn("protocols of the data folder left out", "problems", problems.Error())
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return nil, &exitError{exitBadConfig,
			fault.Wrap(fault.Invalid, err,
				"The data folder %s cannot be made. Choose another with --data-dir.", c.DataDir)}
	}
	made := false
	if h.root, made, err = loadSecret(ctx, c); err != nil {
		return nil, err
	}
	if h.provider, err = openProvider(c.OIDC, h.now); err != nil {
		return nil, err
	}
	if h.video, err = openVideo(c.Video, h.now); err != nil {
		return nil, err
	}
	h.store, err = store.Open(ctx, rehearsedStore(store.Options{
		URL: c.DatabaseURL, Throwaway: c.Throwaway, Root: h.root, Zones: h.zones, Now: h.now, Log: log,
		Erased:     h.keepErasure,
		VideoHosts: h.video.Kinds(),
	}))
	if err != nil {
		return nil, err
	}
	h.desk = desk.New(h.store, h.zones, h.now, randomID)
	// What else may be wrong with the database is found where it is used.
	if err := h.store.CheckSecret(ctx); fault.Is(err, fault.Invalid) {
		if made { // it is nobody's
			err = errors.Join(err, os.Remove(c.secretPath()))
		}
		return nil, errors.Join(&exitError{exitBadConfig, err}, h.close())
	}
	return h, nil
}

func (h *house) close() error { return h.store.Close() }

// loadZones reads the zone data that the configuration names, else the built-in one.
func loadZones(c Config) (*civil.Zones, error) {
	if c.ZoneData == "" {
		zones, err := civil.BuiltinZones()
		if err != nil {
			return nil, fmt.Errorf("reading the built-in zone data: %w", err)
		}
		return zones, nil
	}
	packed, err := os.ReadFile(c.ZoneData)
	if err != nil {
		return nil, &exitError{exitBadConfig,
			fault.Wrap(fault.Invalid, err, "The zone data file %s cannot be read. Check --zone-data.", c.ZoneData)}
	}
	zones, err := civil.ReadZones(packed)
	if err != nil {
		return nil, &exitError{exitBadConfig,
			fault.Wrap(fault.Invalid, err,
				"The file %s is not zone data that this program can read. Check --zone-data.", c.ZoneData)}
	}
	return zones, nil
}

func randomID() scheduler.ID {
	var octets [9]byte
	rand.Read(octets[:]) // it never fails; see crypto/rand
	return scheduler.RandomID(octets)
}

// clinic finds the clinic that a command names, or the only one there is.
func (h *house) clinic(ctx context.Context, name string) (reads.Clinic, error) {
	clinics, err := h.store.Clinics(ctx, access.Operator(""))
	if err != nil {
		return reads.Clinic{}, err
	}
	if name == "" && len(clinics) == 1 {
		return clinics[0], nil
	}
	for _, c := range clinics {
		if c.Name == name || string(c.ID) == name {
			return c, nil
		}
	}
	if name == "" {
		return reads.Clinic{}, wrongUse("There are several clinics. Say which with --clinic NAME.")
	}
	return reads.Clinic{}, fault.In("clinic", "There is no clinic called %q. `almanac clinic add` adds one.", name)
}

// request is a change asked for at the shell.
func request(clinic reads.Clinic) desk.Request {
	return desk.Request{Actor: access.Operator(string(clinic.ID)), Clinic: clinic.ID}
}
