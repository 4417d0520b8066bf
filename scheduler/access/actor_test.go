package access_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

func TestActorPrintsAsKindAndID(t *testing.T) {
	t.Parallel()
	tests := map[string]access.Actor{
		"staff:s1":         access.Staff("s1", "c1", access.Admin),
		"person:p1":        access.Person("p1", "c1"),
		"token:t1":         access.Token("t1", "c1", access.ScopeRead),
		"system:dispatch":  access.System("dispatch"),
		"command:operator": access.Operator("c1"),
		"nobody":           {},
	}
	for want, actor := range tests {
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("change", "actor", actor)
		if actor.String() != want || !strings.Contains(out.String(), "actor="+want) {
			t.Errorf("prints %q and logs %q, want %q", actor, out.String(), want)
		}
	}
}

func TestInNeverLeavesAClinic(t *testing.T) {
	t.Parallel()
	if got := access.System("worker").In("c1").Clinic; got != "c1" {
		t.Errorf("a worker in c1 acts in %q", got)
	}
	if got := access.Staff("s1", "c1", access.Admin).In("c2").Clinic; got != "c1" {
		t.Errorf("staff of c1 came to act in %q", got)
	}
}

func TestParseRoleAndScope(t *testing.T) {
	t.Parallel()
	for _, role := range access.Roles() {
		if got, err := access.ParseRole(" " + strings.ToUpper(string(role))); err != nil || got != role {
			t.Errorf("ParseRole(%q) = %q, %v", role, got, err)
		}
	}
	for _, scope := range access.Scopes() {
		if got, err := access.ParseScope(string(scope)); err != nil || got != scope {
			t.Errorf("ParseScope(%q) = %q, %v", scope, got, err)
		}
	}
	for _, bad := range []string{"", "system", "root", "admin\n\x00"} {
		if _, err := access.ParseRole(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("ParseRole(%q) = %v, want Invalid", bad, err)
		}
		if _, err := access.ParseScope(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("ParseScope(%q) = %v, want Invalid", bad, err)
		}
	}
}
