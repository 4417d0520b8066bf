package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
	"almanac/scheduler/video"
	"almanac/web"
)

// Video says which video hosts there are. Without addresses there are none.
type Video struct {
	Jitsi, BigBlueButton string
}

func setJitsi(c *Config, value string) error {
	c.Video.Jitsi = value
	if value == "" {
		return nil
	}
	if _, err := video.NewJitsi(value, time.Now); err != nil {
		return fault.In("jitsi-url", "jitsi-url must be https://APP:SECRET@HOST or https://APP@HOST?key=FILE: %s.", err)
	}
	return nil
}

func setBigBlueButton(c *Config, value string) error {
	c.Video.BigBlueButton = value
	if value == "" {
		return nil
	}
	if _, err := video.NewBigBlueButton(value); err != nil {
		return fault.In("bigbluebutton-url", "bigbluebutton-url must be https://:SECRET@HOST/bigbluebutton/: %s.", err)
	}
	return nil
}

// openVideo makes the video hosts. It asks them for nothing.
func openVideo(v Video, now func() time.Time) (web.VideoHosts, error) {
	hosts := web.VideoHosts{}
	if v.Jitsi != "" {
		host, err := video.NewJitsi(v.Jitsi, now)
		if err != nil {
			return nil, fmt.Errorf("setting up Jitsi: %w", err)
		}
		hosts[scheduler.JitsiMeeting] = host
	}
	if v.BigBlueButton != "" {
		host, err := video.NewBigBlueButton(v.BigBlueButton)
		if err != nil {
			return nil, fmt.Errorf("setting up BigBlueButton: %w", err)
		}
		hosts[scheduler.BigBlueButtonMeeting] = host
	}
	return hosts, nil
}

// hostCheckAhead is how long before its session a video host is looked at, beside the time in which it is open.
const hostCheckAhead = 15 * time.Minute

// askHosts asks who is in the rooms of running sessions, where the host has to be asked, and makes a task for each
// session that begins within half an hour and whose host does not answer.
func (h *house) askHosts(ctx context.Context) error {
	actor := access.System("video")
	rooms, err := h.store.RunningRooms(ctx, actor, hostCheckAhead)
	if err != nil {
		return err
	}
	down := map[scheduler.MeetingKind]error{}
	var failures []error
	for _, room := range rooms {
		host := h.video[room.Kind]
		if _, looked := down[room.Kind]; !looked {
			down[room.Kind] = errors.New("it is not set up")
			if host != nil {
				down[room.Kind] = host.Check(ctx)
			}
		}
		if wrong := down[room.Kind]; wrong != nil {
			failures = append(failures, fmt.Errorf("%s: %w", room.Kind.Name(), wrong))
			if h.now().Before(room.Start) {
				failures = append(failures, h.store.NoteVideoHostDown(ctx, actor, room))
			}
			continue
		}
		asked, ok := host.(*video.BigBlueButton)
		if !ok {
			continue // it reports by itself
		}
		present, err := asked.Present(ctx, room.Name)
		if err == nil {
			err = h.store.NotePresent(ctx, actor, room, present)
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// videoParts asks the video hosts whether they answer, for doctor.
func (h *house) videoParts(ctx context.Context) []reads.Part {
	var parts []reads.Part
	for _, kind := range h.video.Kinds() {
		part := reads.Part{Name: "video", State: reads.OK, Message: kind.Name() + " at " + h.video[kind].Site()}
		if err := h.video[kind].Check(ctx); err != nil {
			part.State, part.Message = reads.Down, part.Message+" does not answer as it should: "+err.Error()+"."
		}
		parts = append(parts, part)
	}
	return parts
}
