// Command opener opens a checkpoint with the C2SP libraries, counts its cosignatures and says what it found.
//
// Usage: opener <origin> <vkey>... <checkpoint
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/transparency-dev/formats/log"
	cosignature "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

type cosigner struct {
	Name string `json:"name"`
	// Unix seconds.
	Time int64 `json:"time"`
}

type finding struct {
	LogID      string     `json:"logId"`
	Epoch      uint64     `json:"epoch"`
	Digest     string     `json:"digest"`
	Cosigners  []cosigner `json:"cosigners"`
	Unverified int        `json:"unverified"`
}

func main() {
	found, err := open(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		os.Exit(1)
	}
}

func open(origin string, vkeys []string) (*finding, error) {
	verifiers := make([]note.Verifier, 0, len(vkeys))
	for _, vkey := range vkeys {
		verifier, err := cosignature.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", vkey, err)
		}
		verifiers = append(verifiers, verifier)
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, err
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return nil, err
	}
	var checkpoint log.Checkpoint
	rest, err := checkpoint.Unmarshal([]byte(opened.Text))
	if err != nil {
		return nil, err
	}
	if checkpoint.Origin != origin || len(rest) > 0 {
		return nil, fmt.Errorf("the origin is %q and %d bytes follow", checkpoint.Origin, len(rest))
	}
	found := &finding{
		LogID:      log.ID(origin),
		Epoch:      checkpoint.Size,
		Digest:     hex.EncodeToString(checkpoint.Hash),
		Unverified: len(opened.UnverifiedSigs),
	}
	for _, signature := range opened.Sigs {
		at, err := cosignature.CoSigV1Timestamp(signature)
		if err != nil {
			return nil, err
		}
		found.Cosigners = append(found.Cosigners, cosigner{Name: signature.Name, Time: at.Unix()})
	}
	return found, nil
}
