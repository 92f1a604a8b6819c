package pages_test

import (
	"strings"
	"testing"
	"time"
)

// A card says what texts would say: a number that nobody rang for half a year drops out where another serves,
// and the last one stays.
func TestAnExpiredNumberLeavesTheCard(t *testing.T) {
	s := newSite(t)
	lately := s.Now().Add(-time.Hour).Format(time.RFC3339)
	_, err := s.Desk.ImportDirectory(t.Context(), s.Ada, strings.NewReader("area,for,tel,confirmed_by,confirmed_at\n"+
		"x-west-hartford,police,860-555-0101,ada,2023-01-02\nx-west-hartford,police,860-555-0111,ada,"+lately+"\nx-west-hartford,fire,860-555-0102,ada,2023-01-02\n"))
	s.OK(err)
	s.Pass(time.Minute)
	s.OK(s.Refresh(t.Context()))
	s.says("/card/06107", "!860-555-0101", "860-555-0111", "860-555-0102")
}
