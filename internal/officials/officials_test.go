package officials

import (
	"encoding/json"
	"fmt"
	"testing"

	"callbox/outages"
)

func TestASecretNeverPrintsItself(t *testing.T) {
	id, s, hash := NewSecret()
	j, err := json.Marshal(struct{ S Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q", s, s, s, s), string(j)} {
		if len(got) > 60 {
			t.Errorf("printed %d bytes, want the mask only", len(got))
		}
	}
	gotID, gotHash, err := ReadSecret(Secret(s.Reveal()))
	if err != nil || gotID != id || !SameHash(hash, gotHash) {
		t.Errorf("ReadSecret = %q, %v, want %q and the same hash", gotID, err, id)
	}
	for _, bad := range []Secret{"", "cbx", s[:len(s)-1], s + "0", "cbx_a_b_c"} {
		if _, _, err := ReadSecret(bad); err == nil {
			t.Errorf("ReadSecret of a damaged key of %d bytes: no error", len(bad))
		}
	}
}

// promise 4: machine keys propose, people approve.
func TestAMachineNeverApproves(t *testing.T) {
	all := Actor{Scopes: Roles}
	if all.May(Approver, outages.Live) {
		t.Error("a machine with every scope may approve, want no")
	}
	if !all.May(Drafter, outages.Live) {
		t.Error("a machine with the scope may not draft, want yes")
	}
	all.Mode = outages.Drill
	if all.May(Drafter, outages.Live) {
		t.Error("a drill key may draft live outages, want no")
	}
	person := Actor{Official: &Official{ID: "ada"}, Scopes: []Role{Approver}}
	if !person.May(Approver, outages.Live) || person.May(Drafter, outages.Live) {
		t.Error("an approver may approve and not draft")
	}
}

func TestTheChainChangesWithEveryByte(t *testing.T) {
	line, hash, err := Chain([]byte("before"), Entry{Seq: 1, Actor: "ada", Action: "x"})
	if err != nil {
		t.Fatal(err)
	}
	line[3] ^= 1
	if string(Link([]byte("before"), line)) == string(hash) {
		t.Error("a changed line has the same hash")
	}
}
