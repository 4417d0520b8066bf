package notifytest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Stage is a moment of an SMTP conversation at which a Trouble can strike.
type Stage string

// The stages, in their order.
const (
	AtConnect Stage = "connect" // before the greeting
	AtHello   Stage = "hello"   // EHLO or HELO
	AtAuth    Stage = "auth"
	AtMail    Stage = "mail"
	AtRcpt    Stage = "rcpt"
	AtData    Stage = "data"  // the word DATA
	AtEnd     Stage = "end"   // the message is read and not yet kept
	AtReply   Stage = "reply" // the message is kept and not yet answered
)

// Trouble is one way to misbehave. Delay comes first, then Hang, then Drop,
// then Code or Say; those that are zero do not happen.
type Trouble struct {
	At    Stage
	To    string        // at AtRcpt: only for this recipient; empty: for all
	Times int           // strike so often, then no more; 0: until Behave is called
	Delay time.Duration // answer so much later
	Hang  bool          // answer nothing until Behave is called, then go on
	Drop  bool          // break the connection
	Code  int           // refuse with this reply code, for example 450 or 550
	Say   string        // answer this as it stands, line break and all, and go on
}

// strike finds the trouble of this stage, waits as it says, and gives the reply
// to refuse with (empty: none) and whether the conversation goes on.
func (s *Sink) strike(conn net.Conn, at Stage, recipient string) (reply string, goOn bool) {
	trouble, calm, found := s.take(at, recipient)
	if !found {
		return "", true
	}
	if trouble.Delay > 0 {
		timer := time.NewTimer(trouble.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.closed:
			return "", false
		}
	}
	if trouble.Hang {
		select {
		case <-calm:
		case <-s.closed:
			return "", false
		}
	}
	if trouble.Drop {
		_ = conn.Close()
		return "", false
	}
	if trouble.Code != 0 {
		return fmt.Sprintf("%d refused\r\n", trouble.Code), true
	}
	return trouble.Say, true
}

// take gives the first trouble that fits and counts it down.
func (s *Sink) take(at Stage, recipient string) (Trouble, <-chan struct{}, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.troubles, func(t Trouble) bool {
		return t.At == at && (t.To == "" || strings.EqualFold(t.To, recipient))
	})
	if i < 0 {
		return Trouble{}, nil, false
	}
	trouble := s.troubles[i]
	s.met++
	s.announce()
	if trouble.Times == 1 {
		s.troubles = slices.Delete(s.troubles, i, i+1)
	} else if trouble.Times > 1 {
		s.troubles[i].Times--
	}
	return trouble, s.calm, true
}
