// Package money formats prices in yen.
package money

import "strconv"

// Yen is an amount without a fraction.
type Yen int64

func (y Yen) String() string { return "¥" + strconv.FormatInt(int64(y), 10) }
