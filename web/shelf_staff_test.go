package web_test

import (
	"context"
	"errors"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/fault"
	"almanac/scheduler/passkey"
	"almanac/scheduler/reads"
)

func (s *shelf) InviteStaff(
	_ context.Context, _ access.Actor, _ scheduler.ID, q desk.InviteRequest,
) (reads.SignInLink, error) {
	if q.Name == "" {
		return reads.SignInLink{}, fault.In("name", "Type a name.")
	}
	return s.StaffLink(context.Background(), access.Actor{}, "", staffID, q.Life)
}

func (s *shelf) StaffLink(
	_ context.Context, _ access.Actor, _, staff scheduler.ID, life time.Duration,
) (reads.SignInLink, error) {
	return reads.SignInLink{Staff: staff, Token: "onetime", Expires: beforeSpring.Add(life)}, s.trouble
}

func (s *shelf) ChangeStaff(_ context.Context, _ access.Actor, _, _ scheduler.ID, q desk.StaffChange) error {
	if q.Role == nil {
		return s.trouble
	}
	if _, err := access.ParseRole(*q.Role); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "This is the only admin. Give somebody else the role admin first.").In("role")
}

func (s *shelf) RecordCredential(context.Context, access.Actor, scheduler.ID, scheduler.ID,
	scheduler.Credential) error {
	return fault.In("name", "A credential is called as protocols call it: lower-case words joined by hyphens.")
}

func (s *shelf) WithdrawCredential(context.Context, access.Actor, scheduler.ID, scheduler.ID, string) error {
	return s.trouble
}

func (s *shelf) LeadsFrom(_ context.Context, _ access.Actor, _, id scheduler.ID) ([]reads.LedSession, error) {
	if id == staffID {
		return nil, s.trouble
	}
	var all []reads.LedSession
	for _, x := range s.cohort.Sessions {
		all = append(all, reads.LedSession{Cohort: s.cohort.Cohort.ID, CohortName: s.cohort.Cohort.Name,
			LocalStart: x.Wall.String()})
	}
	return append(all, all...), s.trouble
}

const thisSignIn = scheduler.ID("7777777777777")

func (s *shelf) OpenSignIns(context.Context, access.Actor, scheduler.ID, scheduler.ID) ([]reads.SignIn, error) {
	return s.signIns, s.trouble
}

func (s *shelf) EndSignIns(context.Context, access.Actor, scheduler.ID, scheduler.ID, reads.EndSignIns) (int, error) {
	return 1, s.trouble
}

func (s *shelf) Passkeys(context.Context, access.Actor, scheduler.ID, scheduler.ID) ([]reads.Passkey, error) {
	return s.passkeys, s.trouble
}

func (s *shelf) ChangePasskey(
	_ context.Context, _ access.Actor, _, _ scheduler.ID, q reads.PasskeyChange,
) (string, error) {
	if q.Name == "" && !q.Remove {
		return "", fault.In("name", "Name this passkey in 1 to 60 characters, such as My phone.")
	}
	return "My phone", s.trouble
}

func (s *shelf) AddPasskey(context.Context, access.Actor, string, string, passkey.Key) error {
	return s.trouble
}

func (s *shelf) BeginCeremony(context.Context, access.Actor, []byte) (string, error) {
	return "onetime", s.trouble
}

func (s *shelf) TakeCeremony(context.Context, access.Actor, string) ([]byte, error) {
	return nil, fault.New(fault.Invalid, "This took too long, or was sent before. Try again.")
}

func (s *shelf) HolderOf(_ context.Context, _ access.Actor, handle []byte) (passkey.Holder, error) {
	return passkey.Holder{Handle: handle, Name: "robin@example.org"}, s.trouble
}

func (s *shelf) UsePasskey(
	context.Context, access.Actor, []byte, passkey.Key, reads.PasskeyUse,
) (string, error) {
	return browser, s.trouble
}

// withPasskeys is a shelf whose visitor signed in by a method and has passkeys.
func withPasskeys(s *shelf, method reads.SignInMethod, names ...string) *shelf {
	other := *s
	other.method, other.passkeys = method, nil
	for i, name := range names {
		p := reads.Passkey{ID: scheduler.ID("888888888888" + string(rune('1'+i))), Name: name,
			Added: beforeSpring.AddDate(0, -1, 0)}
		if i > 0 {
			p.Used = beforeSpring.Add(-3 * time.Hour)
		}
		other.passkeys = append(other.passkeys, p)
	}
	return &other
}

func (s *shelf) Screen(context.Context, access.Actor, string) (reads.Screen, error) {
	return reads.Screen{Locked: s.locked}, s.trouble
}

// lockedUp is a shelf whose visitor was away for too long, and has passkeys.
func lockedUp(s *shelf, names ...string) *shelf {
	other := withPasskeys(s, reads.ByMail, names...)
	other.locked = true
	return other
}

func (s *shelf) CheckFirst(_ context.Context, _ access.Actor, token string) error {
	if token != "onetime" {
		return nothing()
	}
	return s.trouble
}

func (s *shelf) AddFirstAdmin(_ context.Context, _ access.Actor, token string, _ reads.FirstAdmin) (string, error) {
	if token != "onetime" {
		return "", nothing()
	}
	return "", errors.Join(fault.In("name", "Type a name."),
		fault.In("email", "Type an email address like pat@example.net."))
}

// someSignIns are this one, one on a telephone and one of an unknown program.
func someSignIns() []reads.SignIn {
	at := func(ago time.Duration) time.Time { return beforeSpring.Add(-ago) }
	return []reads.SignIn{
		{ID: thisSignIn, Method: reads.ByInvitation, Device: "Firefox on Windows", At: at(2 * time.Hour),
			Seen: at(0), Expires: at(-10 * time.Hour)},
		{ID: "7777777777778", Method: reads.ByMail, Device: "Safari on an iPhone", At: at(5 * time.Hour),
			Seen: at(12 * time.Minute), Expires: at(-7 * time.Hour)},
		{ID: "7777777777779", Method: reads.ByCommand, At: at(6 * time.Hour), Seen: at(50 * time.Minute),
			Expires: at(-6 * time.Hour)},
	}
}
