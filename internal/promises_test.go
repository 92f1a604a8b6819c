package internal

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// promises is how many docs/promises.md lists.
const promises = 15

func TestEveryPromiseIsNamedByATest(t *testing.T) {
	name := regexp.MustCompile(`(?i)promises? (\d+)`)
	named := map[int]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "promises_test.go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range name.FindAllSubmatch(text, -1) {
			n, _ := strconv.Atoi(string(m[1]))
			named[n] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= promises; n++ {
		if !named[n] {
			t.Errorf("no test names promise %d", n)
		}
	}
	text, err := os.ReadFile("../docs/promises.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n"+strconv.Itoa(promises)+". ") || strings.Contains(string(text), "\n"+strconv.Itoa(promises+1)+". ") {
		t.Errorf("docs/promises.md does not list %d promises", promises)
	}
}
