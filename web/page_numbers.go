package web

import (
	"net/url"
	"strconv"
)

// pager holds the links to the previous and next page of a list. An empty link is omitted.
type pager struct{ Earlier, Next string }

// pageNumber is the page of a list, counted from 1, from a parameter of the address.
type pageNumber struct {
	name        string
	page, lines int
}

// readPageNumber reads the requested page. Invalid numbers are page 1.
func readPageNumber(params url.Values, name string, lines int) pageNumber {
	page, err := strconv.Atoi(params.Get(name))
	if err != nil || page < 1 || page > 1e6 {
		page = 1
	}
	return pageNumber{name, page, lines}
}

// offset returns the number of lines before the page.
func (n pageNumber) offset() int { return (n.page - 1) * n.lines }

// pager returns the links for a list of so many lines in all. Other parameters are kept.
func (n pageNumber) pager(path string, params url.Values, of int) pager {
	var t pager
	if n.page > 1 {
		t.Earlier = withParam(path, params, n.name, n.previous(of))
	}
	if n.offset()+n.lines < of {
		t.Next = withParam(path, params, n.name, strconv.Itoa(n.page+1))
	}
	return t
}

// previous returns the number of the previous page, empty for the first.
func (n pageNumber) previous(of int) string {
	if page := min(n.page-1, (of+n.lines-1)/n.lines); page > 1 {
		return strconv.Itoa(page)
	}
	return ""
}

// withParam returns the address with one parameter changed and without flash parameters.
func withParam(path string, params url.Values, name, value string) string {
	all := url.Values{}
	for key, values := range params {
		if key != "done" && len(values) > 0 && values[0] != "" {
			all[key] = values
		}
	}
	if all.Del(name); value != "" {
		all.Set(name, value)
	}
	if len(all) == 0 {
		return path
	}
	return path + "?" + all.Encode()
}
