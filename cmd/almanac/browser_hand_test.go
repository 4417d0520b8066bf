//go:build e2e

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hand is how somebody uses a page: with a mouse, or with the keyboard alone.
type hand interface {
	fill(field, value string)  // dates and times as a form sends them
	press(words string)        // the first link or button that begins with the words
	pick(name, value string)   // the choice whose value begins like this, or the option with this label
	find(text string)          // in the search box of every page
	mark(row int, m mark)      // a row of the attendance page
	save()                     // the attendance page
	choose(field, path string) // a file
}

// mark is what became of one person: the number of a state on the attendance page, and the number that it asks for.
type mark struct{ state, asks, more string }

// withoutScripts turns JavaScript off for the pages of the tab, and holds at the end that none was used.
func (b *browser) withoutScripts() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, request := range b.requests {
			if strings.HasSuffix(request, "/preview") || strings.HasSuffix(request, "/locked") {
				b.t.Errorf("a script asked for %s", request)
			}
		}
	})
}

// mouse clicks, and types into fields.
type mouse struct{ b *browser }

func (m mouse) fill(field, value string) { m.b.t.Helper(); m.b.fill(field, value) }
func (m mouse) press(words string)       { m.b.t.Helper(); m.b.click(words) }

func (m mouse) pick(name, value string) {
	m.b.t.Helper()
	if eval[bool](m.b, fmt.Sprintf(`(() => {
		const options = [...document.querySelectorAll("select[name=%s] option")];
		const option = options.find((o) => o.label === %q);
		if (option) option.selected = true;
		return !!option;
	})()`, name, value)) {
		return
	}
	m.b.do(chromedp.Click(chromedp.CSS(fmt.Sprintf("input[name=%s][value^=%q]", name, value))))
}

// keyboard goes forward by Tab, and never back.
type keyboard struct{ b *browser }

func (k keyboard) keys(keys string) { k.b.t.Helper(); k.b.do(chromedp.KeyEvent(keys)) }

// shortcut presses a key of which the page may make something else than a letter in a field.
func (k keyboard) shortcut(key rune) {
	k.b.t.Helper()
	ctx, cancel := context.WithTimeout(k.b.ctx, patience)
	defer cancel()
	for _, event := range kb.Encode(key) {
		switch event.Type {
		case kb.KeyChar:
			continue
		case kb.KeyDown: // with its letter, which is not typed when the page prevents it
			event.Text = string(key)
		}
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, *event); err != nil {
			k.b.t.Fatal(err)
		}
	}
}

func (k keyboard) fill(field, value string) {
	k.b.t.Helper()
	k.b.reach("the field "+field, fmt.Sprintf(`["f-" + %[1]q, %[1]q].includes(focus.id)`, field))
	switch eval[string](k.b, "document.activeElement.type") {
	case "date":
		at, err := time.Parse(time.DateOnly, value)
		if err != nil {
			k.b.t.Fatal(err)
		}
		k.keys(at.Format("01022006"))
	case "time":
		at, err := time.Parse("15:04", value)
		if err != nil {
			k.b.t.Fatal(err)
		}
		k.keys(at.Format("0304PM"))
	default:
		k.b.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(2))) // Control: all of what is there makes way
		k.keys(value)
	}
	if got := eval[string](k.b, "document.activeElement.value"); got != value {
		k.b.t.Fatalf("after typing, %s is %q and not %q", field, got, value)
	}
}

func (k keyboard) press(words string) {
	k.b.t.Helper()
	k.b.reach("what says "+words, fmt.Sprintf(`["A", "BUTTON", "SUMMARY"].includes(focus.tagName) &&
		focus.innerText.replace(/\s+/g, " ").trim().startsWith(%q)`, words))
	k.keys(kb.Enter)
}

func (k keyboard) pick(name, value string) {
	k.b.t.Helper()
	k.b.reach("the choice "+name, fmt.Sprintf("focus.name === %q", name))
	if eval[string](k.b, "document.activeElement.tagName") == "SELECT" {
		k.keys(value)
		return
	}
	for range 40 {
		if eval[bool](k.b, fmt.Sprintf("document.activeElement.value.startsWith(%q)", value)) {
			if !eval[bool](k.b, "document.activeElement.checked") {
				k.keys(" ")
			}
			return
		}
		if eval[string](k.b, "document.activeElement.type") == "radio" {
			k.keys(kb.ArrowDown)
		} else {
			k.keys(kb.Tab)
		}
	}
	k.b.t.Fatalf("the keyboard does not reach %s %s on %s", name, value, k.b.at())
}

func (m mouse) find(text string) {
	m.b.t.Helper()
	m.b.do(chromedp.SendKeys(chromedp.CSS("#find"), text+kb.Enter))
}

func (k keyboard) find(text string) {
	k.b.t.Helper()
	k.shortcut('/')
	if !eval[bool](k.b, `document.activeElement.id === "find"`) {
		k.b.t.Fatalf("on %s the slash does not go to the search box", k.b.at())
	}
	k.keys(text + kb.Enter)
}

// stateOf is the selector of the label of a state in a row of the attendance page; both count from 1.
func stateOf(row int, state string) string {
	return fmt.Sprintf(".mark:nth-child(%d) .seg label:nth-child(%s)", row, state)
}

func (m mouse) mark(row int, at mark) {
	m.b.t.Helper()
	m.b.do(chromedp.Click(chromedp.CSS(stateOf(row, at.state))))
	if at.more != "" {
		field := fmt.Sprintf(".mark:nth-child(%d) .mark-%s input", row, at.asks)
		m.b.do(chromedp.SendKeys(chromedp.CSS(field), at.more))
	}
}

func (m mouse) save() { m.b.t.Helper(); m.press("Save") }

// mark goes to a row by arrows and marks it by its number.
func (k keyboard) mark(row int, at mark) {
	k.b.t.Helper()
	const here = `[...document.querySelectorAll(".mark")].indexOf(document.activeElement.closest(".mark")) + 1`
	in := eval[int](k.b, here)
	if in == 0 {
		k.b.reach("the first person", `focus.closest(".mark")`)
		in = 1
	}
	for ; in < row; in++ {
		k.keys(kb.ArrowDown)
	}
	for ; in > row; in-- {
		k.keys(kb.ArrowUp)
	}
	if got := eval[int](k.b, here); got != row {
		k.b.t.Fatalf("by arrows, the focus is in row %d and not in row %d", got, row)
	}
	k.shortcut(rune(at.state[0]))
	if !eval[bool](k.b, fmt.Sprintf("document.querySelector(%q).checked", stateOf(row, at.state)+" input")) {
		k.b.t.Fatalf("key %s does not mark row %d", at.state, row)
	}
	if at.more != "" {
		k.keys(at.more)
	}
}

func (k keyboard) save() { k.b.t.Helper(); k.keys(kb.Enter) }

func (m mouse) choose(field, path string) {
	m.b.t.Helper()
	m.b.do(chromedp.SetUploadFiles(chromedp.CSS("#f-"+field), []string{path}))
}

// choose gives the file once the focus is on the field: the window in which files are chosen is the browser's own.
func (k keyboard) choose(field, path string) {
	k.b.t.Helper()
	k.b.reach("the field "+field, fmt.Sprintf("focus.id === %q", "f-"+field))
	k.b.do(chromedp.SetUploadFiles(chromedp.CSS("#f-"+field), []string{path}))
}
