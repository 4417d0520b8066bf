package access_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"almanac/scheduler/access"
	"almanac/scheduler/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

type column struct {
	name  string
	actor access.Actor
}

func columns() []column {
	all := []column{
		{"coordinator", access.Staff("s1", "c1", access.Coordinator)},
		{"facilitator", access.Staff("s2", "c1", access.Facilitator)},
		{"admin", access.Staff("s3", "c1", access.Admin)},
		{"person", access.Person("p1", "c1")},
	}
	for _, s := range access.Scopes() {
		all = append(all, column{"token:" + string(s), access.Token("t1", "c1", s)})
	}
	return append(all,
		column{"system", access.System("worker")},
		column{"system-in-clinic", access.System("worker").In("c1")},
		column{"operator", access.Operator("")},
		column{"operator-in-clinic", access.Operator("c1")},
	)
}

func TestPolicyTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, action := range access.Actions() {
		fmt.Fprintf(&b, "%s\n", action)
		for _, c := range columns() {
			verdict := "yes"
			if err := access.Check(c.actor, action); err != nil {
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s, %s: %v is not Forbidden", c.name, action, err)
				}
				verdict = "no: " + err.Error()
			}
			if access.Can(c.actor, action) != (verdict == "yes") {
				t.Errorf("%s, %s: Can and Check disagree", c.name, action)
			}
			fmt.Fprintf(&b, "  %-18s %s\n", c.name, verdict)
		}
	}
	golden(t, "testdata/policy.golden", b.String())
}

func TestNobodyAndPretendersMayNothing(t *testing.T) {
	t.Parallel()
	pretenders := map[string]access.Actor{
		"zero actor":            {},
		"role without a kind":   {Role: access.Admin, Clinic: "c1"},
		"staff without a role":  access.Staff("s1", "c1", ""),
		"staff, unknown role":   access.Staff("s1", "c1", "system"),
		"staff without clinic":  access.Staff("s1", "", access.Admin),
		"token without scopes":  access.Token("t1", "c1"),
		"token with a role":     {Kind: access.KindToken, Role: access.Admin, Clinic: "c1"},
		"token without clinic":  access.Token("t1", "", access.Scopes()...),
		"unknown scope":         access.Token("t1", "c1", "admin"),
		"person without clinic": access.Person("p1", ""),
	}
	for name, actor := range pretenders {
		for _, action := range access.Actions() {
			if access.Can(actor, action) {
				t.Errorf("%s may %s", name, action)
			}
		}
	}
	if err := access.Check(access.Staff("s1", "c1", access.Admin), "cohort.burn"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an action without a rule gives %v, want Forbidden", err)
	}
}

func TestPersonWithARoleStaysAPerson(t *testing.T) {
	t.Parallel()
	p := access.Person("p1", "c1")
	p.Role, p.Scopes = access.Admin, access.Scopes()
	for _, action := range access.Actions() {
		if got, want := access.Can(p, action), access.Can(access.Person("p1", "c1"), action); got != want {
			t.Errorf("%s: %v with a role and scopes, %v without", action, got, want)
		}
	}
}

func TestCheckInHidesOtherClinics(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		actor  access.Actor
		action access.Action
		clinic string
		want   string
	}{
		{"own clinic", access.Staff("s", "c1", access.Admin), access.CohortOpen, "c1", ""},
		{"other clinic", access.Staff("s", "c1", access.Admin), access.CohortOpen, "c2", "not-found"},
		{"role lacks it everywhere", access.Staff("s", "c1", access.Facilitator), access.CohortOpen, "c2", "forbidden"},
		{"worker in any clinic", access.System("worker"), access.NoticeHandle, "c2", ""},
		{"narrowed worker elsewhere", access.System("worker").In("c1"), access.NoticeHandle, "c2", "not-found"},
		{"worker may not open", access.System("worker").In("c2"), access.CohortOpen, "c2", "forbidden"},
		{"operator elsewhere", access.Operator("c1"), access.CohortOpen, "c2", "not-found"},
	}
	for _, tt := range tests {
		got := ""
		if err := access.CheckIn(tt.actor, tt.action, tt.clinic); err != nil {
			got = fault.KindOf(err).String()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestEveryActionHasOneRule(t *testing.T) {
	t.Parallel()
	seen := map[access.Action]bool{}
	for _, action := range access.Actions() {
		if seen[action] {
			t.Errorf("%s has two rules", action)
		}
		seen[action] = true
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", file, got)
	}
}
