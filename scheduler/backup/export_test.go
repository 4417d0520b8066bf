package backup

import "io"

// WriteFormat writes a backup without rows that says it has another format.
func WriteFormat(to io.Writer, recipients Recipients, about About, format int) (Manifest, error) {
	w, err := NewWriter(to, recipients)
	if err != nil {
		return Manifest{}, err
	}
	if err := w.begin(about, format); err != nil {
		return Manifest{}, err
	}
	return w.Close()
}
