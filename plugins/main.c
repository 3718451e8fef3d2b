/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The main() of every check: compiled once a program with -DPLUGIN=its name. */
#include "check/plugin.h"

extern const struct plugin PLUGIN;

int
main(int argc, char **argv)
{
	plugin_main(&PLUGIN, argc, argv);
}
