package web

import (
	"context"
	"net/http"
	"time"

	"almanac/scheduler/access"
	"almanac/scheduler/reads"
)

// apiPasskey is a passkey of a member of staff.
type apiPasskey struct {
	ID       string     `json:"id"`
	Name     string     `json:"name" doc:"As its holder called it."`
	Added    time.Time  `json:"added"`
	LastUsed *time.Time `json:"last_used" doc:"null: never."`
}

type passkeysInput struct {
	ID string `path:"id"`
}

type passkeysOutput struct {
	Body struct {
		Passkeys []apiPasskey `json:"passkeys" doc:"By when they were added."`
	} `nameHint:"Passkeys"`
}

type removePasskeyInput struct {
	ID      string `path:"id"`
	Passkey string `path:"passkey"`
	DryRun  bool   `query:"dry_run" doc:"Change nothing, and only check that there is such a passkey."`
}

// registerStaffPasskeys registers the operations on the passkeys of colleagues. Nobody adds one for somebody else.
func (s *Server) registerStaffPasskeys() {
	may := program(access.StaffManage)
	operation(s, may, describe(http.MethodGet, "/staff/{id}/passkeys", "list-passkeys", "Staff",
		"The passkeys of a member of staff."), s.apiPasskeys)
	operation(s, may, describe(http.MethodDelete, "/staff/{id}/passkeys/{passkey}", "remove-passkey", "Staff",
		"Remove a passkey of a member of staff, because it is lost. They are told by email."), s.apiRemovePasskey)
}

func (s *Server) apiPasskeys(ctx context.Context, who visitor, in *passkeysInput) (*passkeysOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.Passkeys.Passkeys(ctx, who.actor, who.clinic, id)
	out := &passkeysOutput{}
	out.Body.Passkeys = []apiPasskey{}
	for _, p := range all {
		one := apiPasskey{ID: string(p.ID), Name: p.Name, Added: p.Added.UTC()}
		if !p.Used.IsZero() {
			used := p.Used.UTC()
			one.LastUsed = &used
		}
		out.Body.Passkeys = append(out.Body.Passkeys, one)
	}
	return out, err
}

func (s *Server) apiRemovePasskey(ctx context.Context, who visitor, in *removePasskeyInput) (*struct{}, error) {
	key, err := idParam(in.Passkey)
	if err != nil {
		return nil, err
	}
	m, err := s.member(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	q := reads.PasskeyChange{ID: key, Remove: true, DryRun: in.DryRun}
	return nil, s.removePasskey(ctx, who, m, q)
}
