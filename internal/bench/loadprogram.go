package bench

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"callbox/areas"
)

// program is the whole program, with an installation of its own, used as an operator and officials use it:
// by its verbs.
type program struct {
	binary, dir string
	addr        string            // where it listens
	keys        map[string]string // of its officials
	push        string            // the public key for web push
	output      *os.File          // what it says while it serves
}

// waits is the exit code of a verb that waits for another person.
const waits = 4

// run runs a verb as an official, or as the operator, and reads its JSON into what is not nil.
func (p *program) run(ctx context.Context, who string, into any, args ...string) error {
	c := exec.CommandContext(ctx, p.binary, append([]string{"--config", filepath.Join(p.dir, "callbox.toml"), "-o", "json"}, args...)...)
	c.Dir, c.Env = p.dir, append(os.Environ(), "CALLBOX_KEY="+p.keys[who])
	var complaints strings.Builder
	c.Stderr = &complaints
	out, err := c.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() == waits {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("callbox %s: %w: %s", strings.Join(args[:min(2, len(args))], " "), err, strings.TrimSpace(complaints.String()))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(out, into)
}

func (p *program) write(name, text string) error {
	return os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600)
}

// loadTowns are where the residents of the load test live: each has numbers of its own.
var loadTowns = []struct{ name, county, zip string }{
	{"West Hartford", "09110", "06107"}, {"Westport", "09190", "06880"}, {"Fairfield", "09120", "06824"}, {"Clinton", "09130", "06413"},
	{"Norfolk", "09160", "06058"}, {"Berlin", "09110", "06037"}, {"Norwalk", "09190", "06850"}, {"Meriden", "09170", "06450"},
}

// install sets the program up with a mail relay and a push service.
func (p *program) install(ctx context.Context, relay string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.addr = l.Addr().String()
	host, port, _ := net.SplitHostPort(relay)
	var made struct {
		PublicKey string `json:"public_key"`
	}
	err = errors.Join(l.Close(), p.run(ctx, "", nil, "keys", "new", filepath.Join(p.dir, "callbox.keys")),
		p.run(ctx, "", &made, "keys", "push", filepath.Join(p.dir, "push.key")))
	if err != nil {
		return err
	}
	p.push = made.PublicKey
	var towns, numbers strings.Builder
	towns.WriteString("id,name,state,within,zips\n")
	numbers.WriteString("area,for,tel\n")
	for i, t := range loadTowns {
		id := areas.ID(fmt.Sprintf("x-ct-%02d", i))
		fmt.Fprintf(&towns, "%s,%s,CT,%s,%s\n", id, t.name, t.county, t.zip)
		fmt.Fprintf(&numbers, "%[1]s,police,860-555-01%02[2]d\n%[1]s,fire,860-555-01%02[3]d\n", id, 2*i, 2*i+1)
	}
	config := fmt.Sprintf("listen = %[1]q\npublic_url = \"http://%[1]s\"\n[push]\npublic_key = %[2]q\nprivate_key = \"file:push.key\"\n"+
		"subject = \"alerts@911.example.org\"\n[email]\nfrom = \"alerts@911.example.org\"\n[[email.relay]]\nhost = %[3]q\nport = %[4]s\n"+
		"tls = \"insecure\"\n[cap]\nsource = \"Callbox bench\"\n", p.addr, p.push, host, port)
	err = errors.Join(p.write("callbox.toml", config), p.write("areas.csv", towns.String()), p.write("numbers.csv", numbers.String()))
	if err != nil {
		return err
	}
	if err := p.run(ctx, "", nil, "agencies", "add", "ct", "--name", "Sample agency (bench)", "--jurisdiction", "CT",
		"--zone", "America/New_York", "--sender", "alerts@911.example.org", "--undo", "1s"); err != nil {
		return err
	}
	for who, roles := range map[string]string{"ada": "drafter,directory,admin", "bob": "approver"} {
		var made struct{ Key string }
		if err := p.run(ctx, "", &made, "officials", "add", who, "--agency", "ct", "--name", who, "--roles", roles); err != nil {
			return err
		}
		p.keys[who] = made.Key
	}
	for _, args := range [][]string{{"areas", "import", "areas.csv"}, {"numbers", "import", "numbers.csv"},
		{"outlets", "add", "cap", "--name", "feed", "--areas", "CT", "--langs", "en,es"}} {
		if err := p.run(ctx, "ada", nil, args...); err != nil {
			return err
		}
	}
	return nil
}

// enrol puts n residents on the roll: half hear by mail, half by push.
func (p *program) enrol(ctx context.Context, n int, service string) error {
	f, err := os.Create(filepath.Join(p.dir, "subscribers.csv"))
	if err != nil {
		return err
	}
	browser, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	out := csv.NewWriter(f)
	_ = out.Write([]string{"channel", "destination", "places", "langs", "consent_source", "consent_date"})
	for i := range n {
		channel, to := "email", fmt.Sprintf("resident%d@example.net", i)
		if i%2 == 1 {
			channel, to = "push", device(service, i, browser.PublicKey()).Reveal()
		}
		_ = out.Write([]string{channel, to, loadTowns[i/2%len(loadTowns)].zip, []string{"en", "es en"}[i/16%2], "bench", "2024-01-01"})
	}
	out.Flush()
	if err := errors.Join(out.Error(), f.Close()); err != nil {
		return err
	}
	return p.run(ctx, "ada", nil, "subscribers", "import", "subscribers.csv")
}

// alert has one official declare that every town lost 911, and another approve it.
func (p *program) alert(ctx context.Context) (outage string, err error) {
	now := time.Now()
	var text strings.Builder
	fmt.Fprintf(&text, "kind: alert\nmode: live\nbegan: %s\nnext_update: %s\nconditions:\n",
		now.Add(-time.Hour).Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339))
	for i := range loadTowns {
		fmt.Fprintf(&text, "  - {area: x-ct-%02d, voice: down, text: working}\n", i)
	}
	if err := p.write("alert.yaml", text.String()); err != nil {
		return "", err
	}
	var draft struct{ ID, Outage, Code string }
	if err := p.run(ctx, "ada", &draft, "outage", "declare", "-f", "alert.yaml", "--submit"); err != nil {
		return "", err
	}
	return draft.Outage, p.run(ctx, "bob", nil, "outage", "approve", draft.ID, "--code", draft.Code)
}

// serve starts it as a process of its own.
func (p *program) serve(ctx context.Context) (c *exec.Cmd, err error) {
	if p.output, err = os.Create(filepath.Join(p.dir, "output")); err != nil {
		return nil, err
	}
	c = exec.CommandContext(ctx, p.binary, "--config", filepath.Join(p.dir, "callbox.toml"), "serve")
	c.Dir, c.Stdout, c.Stderr = p.dir, p.output, p.output
	return c, c.Start()
}

// end has it stop in good order, and returns the processor time that it took.
func (p *program) end(c *exec.Cmd) (time.Duration, error) {
	err := c.Process.Signal(syscall.SIGTERM)
	if e := c.Wait(); e != nil {
		said, _ := os.ReadFile(p.output.Name())
		err = errors.Join(err, fmt.Errorf("callbox serve: %w: %s", e, said[max(0, len(said)-2000):]))
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime(), errors.Join(err, p.output.Close())
}
