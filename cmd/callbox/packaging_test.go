package main

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// The example rules speak of figures that there are, each with a sentence for who is woken. What they wake
// for, packaging/alerts_test.yml shows: make lint.
func TestTheAlertRulesSpeakOfFiguresThatThereAre(t *testing.T) {
	text, err := os.ReadFile("../../packaging/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For string
				Labels           struct{ Severity string }
				Annotations      struct{ Summary string }
			}
		}
	}
	if err := yaml.UnmarshalWithOptions(text, &file, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	metrics := metricsOf(t)
	for _, r := range file.Groups[0].Rules {
		if r.Annotations.Summary == "" || r.Labels.Severity == "" {
			t.Errorf("%s: no summary or severity", r.Alert)
		}
		for _, name := range regexp.MustCompile(`callbox_[a-z_]+`).FindAllString(r.Expr, -1) {
			if !strings.Contains(metrics, "# HELP "+name+" ") && name != "callbox_attempts_total" && name != "callbox_backup_age_seconds" { // which come with the first
				t.Errorf("%s speaks of %s, which /metrics does not have", r.Alert, name)
			}
		}
	}
	if len(file.Groups[0].Rules) < 5 {
		t.Errorf("got %d rules, want more", len(file.Groups[0].Rules))
	}
}

// metricsOf is what a new installation tells Prometheus.
func metricsOf(t *testing.T) string {
	t.Helper()
	x := newTroubled(t)
	w := httptest.NewRecorder()
	x.serving(func(_ context.Context, p *program) {
		for end := time.Now().Add(20 * time.Second); !p.serving.Load() && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		}
		p.metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	})
	return w.Body.String()
}

func TestTheUnitIsSoundAndHardened(t *testing.T) {
	units, err := filepath.Glob("../../packaging/*.service")
	if err != nil || len(units) < 2 {
		t.Fatalf("got %d units, %v", len(units), err)
	}
	for _, unit := range units {
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "UMask=0077"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s lacks %s", filepath.Base(unit), want)
			}
		}
	}
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("systemd-analyze is not here: the units were read, not verified")
		return
	}
	dir := t.TempDir()
	for _, unit := range units { // the program does not stand where it will
		text, _ := os.ReadFile(unit)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(unit)), []byte(strings.ReplaceAll(string(text), "/usr/local/bin/callbox", "/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(tool, "verify", "--man=no", filepath.Join(dir, filepath.Base(unit))).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, filepath.Base(unit)) {
				t.Errorf("systemd-analyze: %s(%v)", line, err)
			}
		}
		// It counts to 100: 0 may do nothing, and a service that nobody hardened has 96.
		out, err = exec.Command(tool, "security", "--offline=true", "--no-pager", "--threshold=15", filepath.Join(dir, filepath.Base(unit))).CombinedOutput()
		if err != nil && !strings.Contains(string(out), "nknown") { // an older systemd cannot tell
			t.Errorf("%s may do more than it needs: %v\n%s", filepath.Base(unit), err, out)
		}
	}
}

// No engine is at hand to build the container: what its file refers to must be there at least.
func TestTheContainerIsBuiltOfWhatThereIs(t *testing.T) {
	read := func(name string) string {
		t.Helper()
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	file := read("packaging/Containerfile")
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read("go.mod"))
	if len(version) != 2 || !strings.Contains(file, "golang:"+version[1]+" ") {
		t.Errorf("the container is not built by the Go of go.mod, %v", version)
	}
	for _, want := range []string{"CGO_ENABLED=0", "FROM scratch\n", "ca-certificates.crt", "USER 65532:65532", "ENV TMPDIR=/var/lib/callbox", "STOPSIGNAL SIGTERM"} {
		if !strings.Contains(file, want) {
			t.Errorf("the container lacks %s", want)
		}
	}
	ignored := read(".dockerignore")
	for _, secret := range []string{"*.db", "*.key", "*.keys"} {
		if !strings.Contains(ignored, "**/"+secret) {
			t.Errorf("%s would be copied into the container's build", secret)
		}
	}
}
