package notifytest

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Stage is a point of an SMTP conversation at which a Trouble can happen.
type Stage string

// The stages, in order.
const (
	AtConnect Stage = "connect" // before the greeting
	AtHello   Stage = "hello"   // EHLO or HELO
	AtAuth    Stage = "auth"
	AtMail    Stage = "mail"
	AtRcpt    Stage = "rcpt"
	AtData    Stage = "data"  // the command DATA
	AtEnd     Stage = "end"   // the message is read but not yet kept
	AtReply   Stage = "reply" // the message is kept but not yet answered
)

// Trouble is one way to fail. Delay comes first, then Hang, then Drop, then Code or
// Say; zero fields have no effect.
type Trouble struct {
	At    Stage
	To    string        // at AtRcpt: for this recipient only; empty: for all
	Times int           // how often it happens; 0: until Behave is called
	Delay time.Duration // before the answer
	Hang  bool          // do not answer until Behave is called
	Drop  bool          // close the connection
	Code  int           // refuse with this reply code, for example 450 or 550
	Say   string        // answer with this raw text, including its line break
}

// apply finds the trouble of this stage and waits as it says. It returns the reply to
// send (empty: none) and whether the conversation continues.
func (s *Sink) apply(conn net.Conn, at Stage, recipient string) (reply string, goOn bool) {
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

// take returns the first trouble that matches and counts it down.
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
