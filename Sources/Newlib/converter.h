/* What iconv converts from and to. */
#ifndef HERMIT_CONVERTER_H
#define HERMIT_CONVERTER_H

#include <stdint.h>

#include "shim.h"

HIDDEN extern const uint16_t __hermit_iso_8859_2[128];
HIDDEN extern const uint16_t __hermit_iso_8859_5[128];
HIDDEN extern const uint16_t __hermit_iso_8859_7[128];
HIDDEN extern const uint16_t __hermit_iso_8859_9[128];
HIDDEN extern const uint16_t __hermit_iso_8859_15[128];
HIDDEN extern const uint16_t __hermit_koi8_r[128];
HIDDEN extern const uint16_t __hermit_windows_1250[128];
HIDDEN extern const uint16_t __hermit_windows_1251[128];
HIDDEN extern const uint16_t __hermit_windows_1252[128];
HIDDEN extern const uint16_t __hermit_ibm437[128];
HIDDEN extern const uint16_t __hermit_ibm850[128];

#endif
