package web_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"

	"almanac/scheduler/access"
)

var (
	menuPattern = regexp.MustCompile(`<nav class="nav" aria-label="Main">\n<ul>.*</ul>`)
	itemPattern = regexp.MustCompile(`<li><a href="([^"]*)"( aria-current="true")?>([^<]*)</a></li>`)
)

// currentItem returns a menu with only the item of the page itself, so that a new item does not change
// every golden. TestMenuOfEachRole holds the whole menu.
func currentItem(menu []byte) []byte {
	return itemPattern.ReplaceAllFunc(menu, func(item []byte) []byte {
		if !bytes.Contains(item, []byte("aria-current")) {
			return nil
		}
		return item
	})
}

func TestMenuOfEachRole(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, role := range access.Roles() {
		server := asRole(known(t), role).serve(t, beforeSpring, nil)
		body, err := io.ReadAll(ask(server.Handler(), http.MethodGet, "/", nil, browser).Body)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s\n", role)
		for _, item := range itemPattern.FindAllSubmatch(menuPattern.Find(body), -1) {
			fmt.Fprintf(&got, "\t%s %s\n", item[3], item[1])
		}
	}
	compareGolden(t, filepath.Join("testdata", "menu.txt"), got.Bytes())
}
