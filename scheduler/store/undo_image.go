package store

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"

	"almanac/scheduler"
)

// packImage writes the image of a change as it is kept: it repeats itself, so deflated it is a quarter as long and
// needs no page of the database for itself.
func packImage(image scheduler.Image) ([]byte, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("packing an image: %w", err)
	}
	if err := json.NewEncoder(w).Encode(image); err != nil {
		return nil, fmt.Errorf("writing an image: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing an image: %w", err)
	}
	return packed.Bytes(), nil
}

// unpackImage reads what packImage wrote.
func unpackImage(packed []byte) (image scheduler.Image, err error) {
	if err := json.NewDecoder(flate.NewReader(bytes.NewReader(packed))).Decode(&image); err != nil {
		return image, fmt.Errorf("reading the image of a change: %w", err)
	}
	return image, nil
}
