/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Confinement by the kernel once the settings are known: from then on nothing
 * is executed and nothing is written but in the folders named (Landlock).
 */
#ifndef COMMON_CHECK_SANDBOX_H
#define COMMON_CHECK_SANDBOX_H

#include "base/err.h"
#include "base/strings.h"

/*
 * For this thread and all that it starts; needs no_new_privs. writable: folders
 * that may be written; those that do not exist are left out. False: err is
 * ERR_LOCAL, the kernel cannot confine us, and nothing has changed.
 */
bool sandbox_confine(const struct strings *writable, struct err *err) MUST_USE;

#endif
