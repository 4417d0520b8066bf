package main

import (
	"context"
	"io"
	"net"

	"almanac/notify/inbound"
	"almanac/notify/mailbox"
	"almanac/scheduler/fault"
	"almanac/scheduler/reads"
)

func setInboundListen(c *Config, value string) (err error) {
	if value == "" {
		return nil
	}
	if c.InboundListen, err = mailbox.ParseListen(value); err != nil {
		return fault.In("inbound-listen", "inbound-listen %s.", err)
	}
	return nil
}

func setInboundIMAP(c *Config, value string) (err error) {
	if value == "" {
		return nil
	}
	if c.InboundIMAP, err = mailbox.ParseInbox(value); err != nil {
		return fault.In("inbound-imap", "inbound-imap %s.", err)
	}
	return nil
}

// taker takes messages for the mailbox of a clinic; an empty one is the only clinic's.
func (h *house) taker(clinic string) mailbox.Take {
	return func(ctx context.Context, message io.Reader) error {
		in, unreadable := inbound.Read(message, inbound.Options{AuthServID: h.config.InboundAuth})
		if unreadable != nil && !fault.Is(unreadable, fault.Invalid) {
			return unreadable
		}
		_, err := h.takeMail(ctx, clinic, in, unreadable)
		return err
	}
}

// newFolder makes the folder of inbound-imap; nil when there is none.
func (h *house) newFolder() *mailbox.Folder {
	if h.config.InboundIMAP.Address == "" {
		return nil
	}
	return mailbox.NewFolder(mailbox.FolderOptions{Inbox: h.config.InboundIMAP,
		Take: h.taker(h.config.InboundIMAP.Clinic), Now: h.now, Log: h.log})
}

// startMailbox takes mail that comes in until working ends.
func (p *program) startMailbox(ctx, working context.Context, h *house) error {
	if h.folder = h.newFolder(); h.folder != nil {
		p.parts.Go(func() error { h.folder.Run(working); return nil })
	}
	if h.config.InboundListen.Address == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.config.InboundListen.Address)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err,
			"The address %s cannot be listened on. Another program may use it; choose another with --inbound-listen.",
			h.config.InboundListen.Address)
	}
	p.mail = mailbox.NewListener(mailbox.ListenerOptions{Listen: h.config.InboundListen,
		Mailbox: h.config.MailFrom.Address, Take: h.taker(h.config.InboundListen.Clinic), Log: h.log})
	p.parts.Go(func() error { return p.ended("listener for mail", p.mail.Serve(working, listener)) })
	h.log.Info("mail can come in", "address", listener.Addr().String())
	return nil
}

// folderParts tries the folder of inbound-imap, for doctor. Without one there is no part.
func (h *house) folderParts(ctx context.Context) []reads.Part {
	folder := h.newFolder()
	if folder == nil {
		return nil
	}
	part := reads.Part{Name: "inbound-imap", State: reads.OK}
	if err := folder.Check(ctx); err != nil {
		part.State, part.Message = reads.Down,
			"The folder cannot be opened. Check inbound-imap; until then mail that comes in waits there."
	}
	return []reads.Part{part}
}
