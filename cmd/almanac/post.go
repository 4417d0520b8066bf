package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"almanac/notify"
	"almanac/notify/queue"
	"almanac/notify/sms"
	"almanac/notify/smtp"
	"almanac/scheduler/reads"
)

// post is everything that hands notices over: the queue, the way to the mail
// server or the folder of kept mail, the dispatcher and the worker.
type post struct {
	queue      queue.Queue
	mail       notify.Channel
	kept       *notify.Kept // of mail, or of texts; nil when a server is set for both
	keepsMail  bool         // no SMTP server is set
	texts      notify.Texts
	gateway    sms.Driver // nil: texts are kept
	monitor    *notify.Monitor
	dispatcher *notify.Dispatcher
	worker     *notify.Worker
	composer   *notify.Composer
}

// openPost puts the post together. Nothing connects yet: a queue or a mail
// server that is down at the start is a state, not an end.
func (h *house) openPost() (*post, error) {
	p := &post{monitor: notify.NewMonitor(h.now, h.log)}
	if err := p.openQueue(h.config); err != nil {
		return nil, err
	}
	if err := p.openMail(h); err != nil {
		return nil, errors.Join(err, p.queue.Close())
	}
	if err := p.openTexts(h); err != nil {
		return nil, errors.Join(err, p.queue.Close(), p.mail.Close())
	}
	composer, err := notify.NewComposer(notify.ComposerOptions{
		From: h.config.MailFrom, Envelopes: h.config.Envelopes, PublicURL: h.publicURL, Zones: h.zones,
	})
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.composer = composer
	p.worker = h.newWorker(p)
	p.dispatcher = notify.NewDispatcher(h.store, p.queue, p.monitor, h.log)
	return p, nil
}

func (h *house) newWorker(p *post) *notify.Worker {
	return notify.NewWorker(rehearsed(notify.WorkerOptions{
		Outbox: h.store, Queue: p.queue, Mail: p.mail, Texts: p.texts, Composer: p.composer, Monitor: p.monitor,
		Log: h.log, Now: h.now, Steady: time.Now, Connections: h.config.Connections, Abreast: h.store.Abreast(),
	}))
}

// sendSignIn mails a member of staff their sign-in link, at most twice. The error says nothing of who they are.
func (h *house) sendSignIn(ctx context.Context, link reads.SignInLink) error {
	message, err := h.post.composer.ComposeSignIn(link, h.now())
	if err != nil {
		return err
	}
	return h.sendToStaff(ctx, message)
}

// sendPasskeyMail mails a member of staff what changed about their sign-in. It fails as sendSignIn does.
func (h *house) sendPasskeyMail(ctx context.Context, news reads.PasskeyMail) error {
	message, err := h.post.composer.ComposePasskeyMail(news, h.now())
	if err != nil {
		return err
	}
	return h.sendToStaff(ctx, message)
}

// sendGlassMail mails a privacy officer that somebody saw a record in an emergency. It fails as sendSignIn does.
func (h *house) sendGlassMail(ctx context.Context, news reads.GlassMail) error {
	message, err := h.post.composer.ComposeGlassMail(news, h.now())
	if err != nil {
		return err
	}
	return h.sendToStaff(ctx, message)
}

// sendHeadMail mails the newest head of a clinic's audit. It fails as sendSignIn does.
func (h *house) sendHeadMail(ctx context.Context, mail reads.HeadMail) error {
	message, err := h.post.composer.ComposeHeadMail(mail)
	if err != nil {
		return err
	}
	return h.sendToStaff(ctx, message)
}

func (h *house) sendToStaff(ctx context.Context, message smtp.Message) error {
	var delivery smtp.Delivery
	for range 2 {
		if delivery = h.post.mail.Send(ctx, message); delivery.Outcome != reads.Retry {
			break
		}
	}
	if delivery.Outcome != reads.Sent {
		return fmt.Errorf("sending a message about signing in: %s %s", delivery.Outcome, delivery.Trouble)
	}
	if h.post.keepsMail {
		h.log.Info("a message about signing in is kept, because no mail server is set", "folder", h.post.kept.Folder())
	}
	return nil
}

func (p *post) openQueue(c Config) error {
	if c.RedisURL == "" {
		p.queue = queue.NewLocal()
		return nil
	}
	shared, err := queue.NewRedis(c.RedisURL)
	if err != nil {
		return &exitError{exitBadConfig, err}
	}
	p.queue = shared
	return nil
}

// mailFolder is where mail is kept without a mail server.
func mailFolder(c Config) string { return filepath.Join(c.DataDir, "mail") }

func (p *post) openMail(h *house) error {
	if h.config.SMTPURL == "" {
		kept, err := notify.NewKept(mailFolder(h.config), h.now)
		if err != nil {
			return err
		}
		p.kept, p.mail, p.keepsMail = kept, kept, true
		return nil
	}
	_, domain, _ := strings.Cut(h.config.MailFrom.Address, "@")
	channel, err := smtp.New(h.config.SMTPURL, smtp.Options{Hello: domain, Idle: h.config.Connections})
	if err != nil {
		return &exitError{exitBadConfig, err}
	}
	p.mail = channel
	return nil
}

// openTexts opens the way to the gateway, else the folder of kept mail.
func (p *post) openTexts(h *house) error {
	if h.config.SMSURL != "" {
		gateway, err := sms.Open(h.config.SMSURL, sms.Options{Hook: func() string { return h.textHookURL(p.gateway) }})
		if err != nil {
			return &exitError{exitBadConfig, err}
		}
		p.gateway, p.texts = gateway, gateway
		return nil
	}
	if p.kept == nil {
		kept, err := notify.NewKept(filepath.Join(h.config.DataDir, "mail"), h.now)
		if err != nil {
			return err
		}
		p.kept = kept
	}
	p.texts = notify.KeptTexts{Kept: p.kept}
	return nil
}

func (p *post) close() error {
	return errors.Join(p.queue.Close(), p.mail.Close(), p.texts.Close())
}

// examine tries queue and mail once, for the doctor.
func (p *post) examine(ctx context.Context) []reads.Part {
	parts := []reads.Part{{Name: "queue", State: reads.OK}, {Name: "mail", State: reads.OK}, p.examineTexts(ctx)}
	if err := p.queue.Push(ctx, nil); err != nil {
		parts[0].State, parts[0].Message = reads.Down,
			"The queue cannot be reached. Check redis-url; until then messages leave a few seconds later."
	}
	if err := p.mail.Check(ctx); err != nil {
		parts[1].State, parts[1].Message = reads.Down,
			"The mail server cannot be reached. Check smtp-url; until then messages wait."
	} else if p.keepsMail {
		parts[1].Message = "No mail server is set (smtp-url): mail is kept for staff to see and not sent."
	}
	return parts
}

// examineTexts tries the gateway of texts once.
func (p *post) examineTexts(ctx context.Context) reads.Part {
	part := reads.Part{Name: "texts", State: reads.OK}
	err := p.texts.Check(ctx)
	switch {
	case err != nil:
		part.State, part.Message = reads.Down,
			"The gateway of texts cannot be reached. Check sms-url; until then texts wait."
	case p.gateway == nil:
		part.Message = "No gateway is set (sms-url): texts are kept for staff to see and not sent."
	default:
		part.Message = "Texts are sent. See that there is an agreement with the company behind the gateway: it sees " +
			"numbers and times."
	}
	return part
}
