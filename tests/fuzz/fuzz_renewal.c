/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a CA's answer about when to renew (RFC 9773, 4.2). */
#include <stdlib.h>

#include "net/revocation.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct renewal renewal = {0};

	if (revocation_window((const char *)bytes, len, &renewal) != renewal.known ||
	    (renewal.known && renewal.from_unix > renewal.until_unix))
		abort();
	return 0;
}
