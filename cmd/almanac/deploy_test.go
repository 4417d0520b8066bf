package main

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"almanac/notify/notifytest"
	"almanac/scheduler/seal"
	"almanac/scheduler/spreadsheet"
	"almanac/scheduler/store/storetest"
)

// deployFile reads a file of the folder deploy.
func deployFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// composeService is what the tests read of a service in compose.yaml.
type composeService struct {
	Image       string
	Command     []string
	Environment map[string]string
	Secrets     []string
	DependsOn   any `yaml:"depends_on"`
}

// The services of compose.yaml that run Almanac are started as processes, with the same commands and options. Only
// addresses and folders are those of the test.
func TestDeployCompose(t *testing.T) {
	t.Parallel()
	var file struct {
		Services map[string]composeService
		Secrets  map[string]struct{ File string }
		Volumes  map[string]any
	}
	if err := yaml.Unmarshal([]byte(deployFile(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	sink := notifytest.NewSMTP(t, notifytest.SinkOptions{})
	given := map[string]string{
		"secret-key": seal.NewSecret(), "database-url": storetest.EmptyPostgres(t),
		"redis-url": notifytest.Redis(t).URL(), "smtp-url": sink.URL(),
	}
	folder := t.TempDir()
	for name, value := range given {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roles := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(file.Services)) {
		s := file.Services[name]
		for _, secret := range s.Secrets {
			if file.Secrets[secret].File == "" {
				t.Errorf("%s: the secret %s has no file", name, secret)
			}
		}
		if regexp.MustCompile(`:\d`).MatchString(s.Image) {
			continue // another program
		}
		roles[s.Environment["ALMANAC_ROLES"]]++
		runService(t, name, s, folder)
	}
	if roles["web"] != 2 || roles["agenda,worker"] != 2 {
		t.Errorf("the services have the roles %v", roles)
	}
}

// runService starts a service, asks for its health and its readiness, and ends it.
func runService(t *testing.T, name string, s composeService, secrets string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.74.1:0") // nothing else uses this address of the machine itself
	if err != nil {
		t.Fatal(err)
	}
	address, data := listener.Addr().String(), t.TempDir()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	env := []string{"ALMANAC_LISTEN=" + address, "ALMANAC_DATA_DIR=" + data}
	for key, value := range s.Environment {
		value = strings.ReplaceAll(value, "/run/secrets", secrets)
		value = strings.ReplaceAll(value, "/data/", data+"/")
		value = regexp.MustCompile(`\$\{DOMAIN[^}]*\}`).ReplaceAllString(value, "appointments.example.org")
		value = regexp.MustCompile(`\$\{\w+:-([^}]*)\}`).ReplaceAllString(value, "$1")
		env = append(env, key+"="+value)
	}
	p := startProcessIn(t, t.TempDir(), env, s.Command...)
	health := func() bool {
		check := exec.Command(built(t), "health")
		check.Env = append(check.Environ(), env...)
		return check.Run() == nil
	}
	if !await(time.Minute, func() bool { return p.over() || health() }) || p.over() {
		t.Fatalf("%s does not come up: %s", name, p.trouble)
	}
	ready := get(t, "http://"+address+"/readyz")
	var state struct{ Status string }
	if err := json.Unmarshal([]byte(ready.body), &state); err != nil || ready.status != http.StatusOK {
		t.Errorf("%s is not ready: %d %s", name, ready.status, ready.body)
	}
	if code := p.signal(syscall.SIGTERM); code != exitDone {
		t.Errorf("%s ends with %d: %s", name, code, p.trouble)
	}
}

// systemd reads the unit, and finds it closed.
func TestDeployUnit(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		if os.Getenv("REQUIRE_SERVICES") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	const program = "/usr/local/bin/almanac"
	unit := deployFile(t, "almanac.service")
	if !strings.Contains(unit, "ExecStart="+program+" serve\n") {
		t.Errorf("the unit does not start %s", program)
	}
	path := filepath.Join(t.TempDir(), "almanac.service")
	text := strings.ReplaceAll(unit, program, built(t))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// The exposure goes from 0 to 100; a unit that says nothing has 96.
	for _, args := range [][]string{{"verify", path}, {"security", "--offline=true", "--threshold=20", path}} {
		said, err := exec.Command("systemd-analyze", args...).CombinedOutput()
		if err != nil || args[0] == "verify" && len(said) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, said)
		}
	}
	for _, variable := range regexp.MustCompile(`ALMANAC_\w+`).FindAllString(unit, -1) {
		if !isVariable(variable) {
			t.Errorf("the unit sets %s, which is no option", variable)
		}
	}
}

// isVariable tells whether an option is set by this variable.
func isVariable(name string) bool {
	return slices.ContainsFunc(options, func(o option) bool {
		return o.variable() == name || o.secret && o.variable()+"_FILE" == name
	})
}

// Proxies lead to every process that serves pages and write no addresses down.
func TestDeployProxies(t *testing.T) {
	t.Parallel()
	caddy, nginx := deployFile(t, "Caddyfile"), deployFile(t, "nginx.conf")
	for _, web := range []string{"web-1:8080", "web-2:8080", "health_uri /readyz"} {
		if !strings.Contains(caddy, web) {
			t.Errorf("the Caddyfile lacks %s", web)
		}
	}
	if regexp.MustCompile(`(?m)^\s*log\b`).MatchString(caddy) {
		t.Error("the Caddyfile writes an access log")
	}
	for name, text := range map[string]string{"the Caddyfile": caddy, "nginx": nginx} {
		if !regexp.MustCompile(`(?s)/api.*/f.*403.*301`).MatchString(text) && !strings.Contains(text, "^/(api|f)/") {
			t.Errorf("%s leads programs without TLS on instead of refusing them", name)
		}
	}
	servers := strings.Count(nginx, "\nserver {")
	if off := strings.Count(nginx, "\taccess_log off;"); off != servers || servers != 2 {
		t.Errorf("%d of %d servers of nginx write no access log", off, servers)
	}
	limit := regexp.MustCompile(`client_max_body_size (\d+)m;`).FindStringSubmatch(nginx)
	if limit == nil {
		t.Fatal("nginx has no limit for what is sent")
	}
	if mb, err := strconv.Atoi(limit[1]); err != nil || mb<<20 <= spreadsheet.MostBytes {
		t.Errorf("nginx takes %s MB, a table may have %d octets", limit[1], spreadsheet.MostBytes)
	}
}
