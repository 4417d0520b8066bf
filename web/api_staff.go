package web

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"almanac/scheduler"
	"almanac/scheduler/access"
	"almanac/scheduler/desk"
	"almanac/scheduler/reads"
)

// apiStaff is a member of staff.
type apiStaff struct {
	ID          string          `json:"id" doc:"Empty with dry_run."`
	Name        string          `json:"name"`
	Email       string          `json:"email" format:"email"`
	Role        string          `json:"role"`
	Disabled    bool            `json:"disabled" doc:"They cannot sign in."`
	Passkey     bool            `json:"passkey" doc:"They have a passkey."`
	Provider    bool            `json:"provider" doc:"Their organization's account is linked."`
	Credentials []apiCredential `json:"credentials"`
	SignInURL   string          `json:"sign_in_url,omitempty" doc:"Of a new member, if no mail server is set: a link that signs in once. Hand it to them."`
	Leads       int             `json:"leads,omitempty" doc:"After a change: sessions to come that they still lead."`
}

type apiCredential struct {
	Name    string  `json:"name"`
	Expires *string `json:"expires" format:"date" doc:"The last day on which it is good. null: it does not expire."`
}

type staffListOutput struct {
	Body struct {
		Staff []apiStaff `json:"staff" doc:"By name, the disabled ones last."`
	} `nameHint:"StaffList"`
}

type staffOutput struct {
	Status int
	Body   apiStaff `nameHint:"Staff"`
}

// inviteBody is the request to add somebody.
type inviteBody struct {
	DryRun
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role" doc:"What they may do."`
}

type inviteInput struct {
	Repeatable
	Body inviteBody
}

// staffBody is the request to change a member of staff. Omitted fields stay as they are.
type staffBody struct {
	DryRun
	Role     *string `json:"role,omitempty" doc:"What they may do, from their next request on."`
	Disabled *bool   `json:"disabled,omitempty" doc:"true ends all their sign-ins and links at once. false lets them sign in again."`
}

type staffInput struct {
	ID   string `path:"id"`
	Body staffBody
}

// registerStaffOperations registers the operations on the people who work at the clinic.
func (s *Server) registerStaffOperations() {
	may := program(access.StaffManage)
	operation(s, may, describe(http.MethodGet, "/staff", "list-staff", "Staff", "The people who work at the clinic."),
		s.apiStaffList)
	operation(s, may, s.withResponse(created(describe(http.MethodPost, "/staff", "add-staff", "Staff",
		"Add a member of staff. They get a sign-in link by email.")), http.StatusOK,
		"With dry_run: the member as they would be, without an id. Repeated: the member as they are",
		reflect.TypeFor[apiStaff](), "Staff"), s.apiStaffAdd)
	operation(s, may, describe(http.MethodPatch, "/staff/{id}", "set-staff", "Staff",
		"Change what a member of staff may do, disable them or enable them. The only admin stays one."), s.apiStaffSet)
	operation(s, may, describe(http.MethodGet, "/staff/{id}/sign-ins", "list-sign-ins", "Staff",
		"Where a member of staff is signed in."), s.apiSignIns)
	operation(s, may, describe(http.MethodPost, "/staff/{id}/sign-ins/end", "end-sign-ins", "Staff",
		"End one sign-in of a member of staff, or all, with their next request."), s.apiEndSignIns)
	s.registerStaffPasskeys()
	operation(s, may, describe(http.MethodPost, "/staff/{id}/provider/unlink", "unlink-provider", "Staff",
		"Unlink the organization's account of a member of staff. Their sign-ins go on."), s.apiUnlink)
}

// apiSignIn is an open sign-in.
type apiSignIn struct {
	ID        string    `json:"id"`
	Method    string    `json:"method" enum:"mail,invitation,command,passkey,provider" doc:"How it was made: by a link that they asked for (mail), a link from an admin (invitation), a link from the server (command), a passkey, or their organization's account (provider)."`
	Device    string    `json:"device" doc:"The browser in plain words. Empty: unknown."`
	SignedIn  time.Time `json:"signed_in"`
	LastUsed  time.Time `json:"last_used" doc:"To a minute."`
	ExpiresAt time.Time `json:"expires_at" doc:"The end at the latest."`
}

type signInsInput struct {
	ID string `path:"id"`
}

type signInsOutput struct {
	Body struct {
		SignIns []apiSignIn `json:"sign_ins" doc:"The last used first."`
	} `nameHint:"SignIns"`
}

type endSignInsInput struct {
	ID   string `path:"id"`
	Body struct {
		DryRun
		SignIn string `json:"sign_in,omitempty" doc:"The one to end. Omitted: all."`
	} `nameHint:"EndSignIns"`
}

type endSignInsOutput struct {
	Body struct {
		Ended int `json:"ended" doc:"How many ended, or would end with dry_run."`
	} `nameHint:"EndedSignIns"`
}

func (s *Server) apiSignIns(ctx context.Context, who visitor, in *signInsInput) (*signInsOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.SignIns.OpenSignIns(ctx, who.actor, who.clinic, id)
	out := &signInsOutput{}
	out.Body.SignIns = []apiSignIn{}
	for _, one := range all {
		out.Body.SignIns = append(out.Body.SignIns, apiSignIn{ID: string(one.ID), Method: string(one.Method),
			Device: one.Device, SignedIn: one.At.UTC(), LastUsed: one.Seen.UTC(), ExpiresAt: one.Expires.UTC()})
	}
	return out, err
}

func (s *Server) apiEndSignIns(ctx context.Context, who visitor, in *endSignInsInput) (*endSignInsOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	q := reads.EndSignIns{Only: scheduler.ID(in.Body.SignIn), DryRun: in.Body.DryRun.DryRun}
	out := &endSignInsOutput{}
	out.Body.Ended, err = s.SignIns.EndSignIns(ctx, who.actor, who.clinic, id, q)
	return out, err
}

type unlinkInput struct {
	ID   string           `path:"id"`
	Body struct{ DryRun } `nameHint:"Unlink"`
}

type unlinkOutput struct {
	Body struct {
		Unlinked bool `json:"unlinked" doc:"true, also with dry_run, when it would be."`
	} `nameHint:"Unlinked"`
}

func (s *Server) apiUnlink(ctx context.Context, who visitor, in *unlinkInput) (*unlinkOutput, error) {
	m, err := s.member(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	dry := in.Body.DryRun.DryRun
	err = s.Identities.UnlinkIdentity(ctx, who.actor, who.clinic, m.ID, in.Body.mode())
	if err == nil && !dry {
		s.tellOfPasskey(ctx, who, m, reads.AccountUnlinked, "")
	}
	out := &unlinkOutput{}
	out.Body.Unlinked = err == nil
	return out, err
}

func apiStaffOf(m reads.Staff) apiStaff {
	out := apiStaff{ID: string(m.ID), Name: m.Name, Email: m.Email, Role: m.Role, Disabled: m.Disabled,
		Passkey: m.Passkey, Provider: m.Provider, Credentials: []apiCredential{}}
	for _, c := range m.Credentials {
		one := apiCredential{Name: c.Name}
		if !c.Expires.IsZero() {
			until := c.Expires.String()
			one.Expires = &until
		}
		out.Credentials = append(out.Credentials, one)
	}
	return out
}

func (s *Server) apiStaffList(ctx context.Context, who visitor, _ *struct{}) (*staffListOutput, error) {
	all, err := s.Staff.Staff(ctx, who.actor, who.clinic)
	out := &staffListOutput{}
	out.Body.Staff = []apiStaff{}
	for _, m := range all {
		out.Body.Staff = append(out.Body.Staff, apiStaffOf(m))
	}
	return out, err
}

func (s *Server) apiStaffAdd(ctx context.Context, who visitor, in *inviteInput) (*staffOutput, error) {
	q := desk.InviteRequest{Name: in.Body.Name, Email: in.Body.Email, Role: in.Body.Role, Life: inviteLife,
		DryRun: in.Body.DryRun.DryRun}
	var err error
	if q.Once, err = onceOf(in.IdempotencyKey, "staff", "", in.Body); err != nil {
		return nil, err
	}
	link, err := s.Staff.InviteStaff(ctx, who.actor, who.clinic, q)
	if err != nil {
		return nil, err
	}
	if q.DryRun {
		planned := reads.Staff{Name: q.Name, Email: q.Email, Role: q.Role}
		return &staffOutput{Status: http.StatusOK, Body: apiStaffOf(planned)}, nil
	}
	m, err := s.member(ctx, who, string(link.Staff))
	if err != nil {
		return nil, err
	}
	out := &staffOutput{Status: http.StatusOK, Body: apiStaffOf(m)}
	if link.Token == "" { // repeated
		return out, nil
	}
	out.Status = http.StatusCreated
	if !s.mailLink(ctx, link) {
		out.Body.SignInURL = s.link("/signin/" + link.Token)
	}
	return out, nil
}

func (s *Server) apiStaffSet(ctx context.Context, who visitor, in *staffInput) (*staffOutput, error) {
	id, err := idParam(in.ID)
	if err != nil {
		return nil, err
	}
	q := desk.StaffChange{Role: in.Body.Role, Disabled: in.Body.Disabled, DryRun: in.Body.DryRun.DryRun}
	if err := s.Staff.ChangeStaff(ctx, who.actor, who.clinic, id, q); err != nil {
		return nil, err
	}
	m, err := s.member(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	led, err := s.Staff.LeadsFrom(ctx, who.actor, who.clinic, id)
	if err != nil {
		return nil, err
	}
	if q.DryRun && q.Role != nil {
		m.Role = *q.Role
	}
	if q.DryRun && q.Disabled != nil {
		m.Disabled = *q.Disabled
	}
	out := &staffOutput{Status: http.StatusOK, Body: apiStaffOf(m)}
	out.Body.Leads = len(led)
	return out, nil
}
