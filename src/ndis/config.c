/* SPDX-License-Identifier: MIT */
/*
 * Configuration: the adapter's software key or the driver's Parameters key, through a handle. All
 * that a handle gave out dies with it.
 */
#include "ndis/adapter_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES    512
#define MAC_BYTES_MAX 32

/* what was given out: the memory follows */
struct given {
    struct given *next;
    NDIS_CONFIGURATION_PARAMETER parameter;
};

struct dd_config {
    struct dd_nobj obj;
    struct dd_key *key;
    struct given *given;
};

/* room for @bytes that lives until the handle is closed */
static struct given *give(struct dd_config *c, size_t bytes)
{
    struct given *g = calloc(1, sizeof(*g) + bytes);

    if (g != NULL) {
        g->next = c->given;
        c->given = g;
    }
    return g;
}

static struct dd_config *config_new(struct dd_key *key, const void *owner, const void *site)
{
    struct dd_config *c = dd_nobj_new(DD_SLOT_CONFIG, sizeof(*c), owner, site);

    if (c != NULL) {
        c->key = key;
    }
    return c;
}

void dd_config_destroy(void *obj)
{
    struct dd_config *c = obj;

    while (c->given != NULL) {
        struct given *g = c->given;

        c->given = g->next;
        free(g);
    }
    dd_nobj_free(c);
}

static bool name_utf8(const NDIS_STRING *name, char *out)
{
    if (name == NULL || name->Buffer == NULL) {
        return false;
    }
    return dd_utf16_to_utf8(name->Buffer, name->Length / sizeof(WCHAR), out, NAME_BYTES) <
           NAME_BYTES;
}

static struct dd_key *key_of(NDIS_HANDLE handle)
{
    struct dd_adapter *a = dd_adapter_from_handle(handle);
    struct dd_driver *d = dd_driver_from_handle(handle);

    if (a != NULL) {
        return a->software_key;
    }
    return d != NULL ? d->parameters_key : NULL;
}

NDIS_STATUS NdisOpenConfigurationEx(PNDIS_CONFIGURATION_OBJECT ConfigObject,
                                    PNDIS_HANDLE ConfigurationHandle)
{
    const NDIS_OBJECT_HEADER *h = &ConfigObject->Header;
    struct dd_key *key;
    struct dd_config *c;

    DD_API(NdisOpenConfigurationEx);
    *ConfigurationHandle = NULL;
    if (h->Type != NDIS_OBJECT_TYPE_CONFIGURATION_OBJECT ||
        h->Revision < NDIS_CONFIGURATION_OBJECT_REVISION_1 ||
        h->Size < NDIS_SIZEOF_CONFIGURATION_OBJECT_REVISION_1) {
        dd_bad_object(ConfigObject, "NDIS_CONFIGURATION_OBJECT with a wrong header", DD_SITE());
        return NDIS_STATUS_FAILURE;
    }
    key = key_of(ConfigObject->NdisHandle);
    if (key == NULL || dd_seam_may_fail(DD_FAIL_CONFIG_OPEN, DD_SITE())) {
        return NDIS_STATUS_FAILURE;
    }
    c = config_new(key, dd_ndis_owner(ConfigObject->NdisHandle), DD_SITE());
    if (c == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    *ConfigurationHandle = (NDIS_HANDLE)c;
    return NDIS_STATUS_SUCCESS;
}

VOID NdisCloseConfiguration(NDIS_HANDLE ConfigurationHandle)
{
    struct dd_config *c;

    DD_API(NdisCloseConfiguration);
    c = dd_nobj_get(ConfigurationHandle, DD_SLOT_CONFIG, "not a configuration handle", DD_SITE());
    if (c != NULL) {
        dd_config_destroy(c);
    }
}

VOID NdisOpenConfigurationKeyByName(PNDIS_STATUS Status, NDIS_HANDLE ConfigurationHandle,
                                    PNDIS_STRING SubKeyName, PNDIS_HANDLE SubKeyHandle)
{
    char name[NAME_BYTES];
    struct dd_config *c, *sub;
    struct dd_key *key;

    DD_API(NdisOpenConfigurationKeyByName);
    *Status = NDIS_STATUS_FAILURE;
    *SubKeyHandle = NULL;
    c = dd_nobj_get(ConfigurationHandle, DD_SLOT_CONFIG, "not a configuration handle", DD_SITE());
    if (c == NULL || !name_utf8(SubKeyName, name)) {
        return;
    }
    key = dd_key_child(c->key, name, false);
    sub = key != NULL ? config_new(key, c->obj.owner, DD_SITE()) : NULL;
    if (sub != NULL) {
        *SubKeyHandle = (NDIS_HANDLE)sub;
        *Status = NDIS_STATUS_SUCCESS;
    }
}

static void counted_string(NDIS_STRING *s, WCHAR *buf, const char *utf8, size_t units)
{
    s->Buffer = buf;
    (void)dd_utf8_to_utf16(utf8, buf, units + 1);
    s->Length = (USHORT)(units * sizeof(WCHAR));
    s->MaximumLength = (USHORT)(s->Length + sizeof(WCHAR));
}

VOID NdisOpenConfigurationKeyByIndex(PNDIS_STATUS Status, NDIS_HANDLE ConfigurationHandle,
                                     ULONG Index, PNDIS_STRING KeyName, PNDIS_HANDLE KeyHandle)
{
    struct dd_config *c, *sub;
    struct dd_key *key;
    const char *name = NULL;
    struct given *g;
    size_t units;

    DD_API(NdisOpenConfigurationKeyByIndex);
    *Status = NDIS_STATUS_FAILURE;
    *KeyHandle = NULL;
    c = dd_nobj_get(ConfigurationHandle, DD_SLOT_CONFIG, "not a configuration handle", DD_SITE());
    key = c != NULL ? dd_key_child_at(c->key, Index, &name) : NULL;
    if (key == NULL) {
        return;
    }
    units = dd_utf8_to_utf16(name, NULL, 0);
    g = give(c, (units + 1) * sizeof(WCHAR));
    sub = g != NULL ? config_new(key, c->obj.owner, DD_SITE()) : NULL;
    if (sub == NULL) {
        return;
    }
    counted_string(KeyName, (WCHAR *)(void *)(g + 1), name, units);
    *KeyHandle = (NDIS_HANDLE)sub;
    *Status = NDIS_STATUS_SUCCESS;
}

/* --- reading --- */

/* digits in @base from the start of a stored string, an optional sign and 0x before; false: none
 * there */
static bool number(const WCHAR *s, size_t units, unsigned base, ULONG *ret_value)
{
    char text[64];
    char *end;
    unsigned long long v;

    if (dd_utf16_to_utf8(s, units, text, sizeof(text)) >= sizeof(text)) {
        return false;
    }
    v = strtoull(text, &end, (int)base);
    if (end == text) {
        return false;
    }
    *ret_value = (ULONG)v;
    return true;
}

static size_t string_units(const void *data, size_t bytes)
{
    const WCHAR *s = data;
    size_t units = bytes / sizeof(WCHAR);

    while (units > 0 && s[units - 1] == 0) {
        units--;
    }
    return units;
}

/* the value as it is stored */
static NDIS_STATUS give_stored(struct dd_config *c, uint32_t type, const void *data, size_t bytes,
                               NDIS_CONFIGURATION_PARAMETER **ret)
{
    size_t keep = bytes > UINT16_MAX - sizeof(WCHAR) ? UINT16_MAX - sizeof(WCHAR) : bytes;
    struct given *g = give(c, keep + sizeof(WCHAR));
    NDIS_CONFIGURATION_PARAMETER *p;

    if (g == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    p = &g->parameter;
    if (keep != 0) {
        memcpy(g + 1, data, keep);
    }
    if (type == REG_BINARY) {
        p->ParameterType = NdisParameterBinary;
        p->ParameterData.BinaryData.Length = (USHORT)keep;
        p->ParameterData.BinaryData.Buffer = g + 1;
    } else {
        size_t len = type == REG_MULTI_SZ ? keep : string_units(data, keep) * sizeof(WCHAR);

        p->ParameterType = type == REG_MULTI_SZ ? NdisParameterMultiString : NdisParameterString;
        p->ParameterData.StringData.Buffer = (PWCH)(void *)(g + 1);
        p->ParameterData.StringData.Length = (USHORT)len;
        p->ParameterData.StringData.MaximumLength = (USHORT)(len + sizeof(WCHAR));
    }
    *ret = p;
    return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS give_integer(struct dd_config *c, ULONG value,
                                NDIS_CONFIGURATION_PARAMETER **ret)
{
    struct given *g = give(c, 0);

    if (g == NULL) {
        return NDIS_STATUS_RESOURCES;
    }
    g->parameter.ParameterType = NdisParameterInteger;
    g->parameter.ParameterData.IntegerData = value;
    *ret = &g->parameter;
    return NDIS_STATUS_SUCCESS;
}

/* INF keywords are strings of digits: read as a number they are converted, decimal or, asked so,
 * hexadecimal */
static NDIS_STATUS read_value(struct dd_config *c, const char *name, NDIS_PARAMETER_TYPE as,
                              NDIS_CONFIGURATION_PARAMETER **ret)
{
    bool integer = as == NdisParameterInteger || as == NdisParameterHexInteger;
    uint32_t type;
    const void *data;
    size_t bytes;
    ULONG value;

    if (dd_key_get(c->key, name, &type, &data, &bytes) < 0) {
        return NDIS_STATUS_FAILURE;
    }
    if (type == REG_DWORD && bytes >= sizeof(value)) {
        memcpy(&value, data, sizeof(value));
        return give_integer(c, value, ret);
    }
    if (integer && type == REG_SZ) {
        if (!number(data, string_units(data, bytes), as == NdisParameterHexInteger ? 16 : 10,
                    &value)) {
            return NDIS_STATUS_FAILURE;
        }
        return give_integer(c, value, ret);
    }
    if (type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ || type == REG_BINARY) {
        return give_stored(c, type, data, bytes, ret);
    }
    return NDIS_STATUS_FAILURE;
}

/* keywords that NDIS answers itself */
static bool read_predefined(struct dd_config *c, const char *name,
                            NDIS_CONFIGURATION_PARAMETER **ret, NDIS_STATUS *ret_status)
{
    const ULONG processor_amd64 = 9;
    const ULONG environment_nt = 1;

    if (strcmp(name, "NdisVersion") == 0) {
        *ret_status = give_integer(c, dd_ndis_runtime_version(), ret);
    } else if (strcmp(name, "ProcessorType") == 0) {
        *ret_status = give_integer(c, processor_amd64, ret);
    } else if (strcmp(name, "Environment") == 0) {
        *ret_status = give_integer(c, environment_nt, ret);
    } else {
        return false;
    }
    return true;
}

VOID NdisReadConfiguration(PNDIS_STATUS Status, PNDIS_CONFIGURATION_PARAMETER *ParameterValue,
                           NDIS_HANDLE ConfigurationHandle, PNDIS_STRING Keyword,
                           NDIS_PARAMETER_TYPE ParameterType)
{
    char name[NAME_BYTES];
    struct dd_config *c;

    DD_API(NdisReadConfiguration);
    *Status = NDIS_STATUS_FAILURE;
    *ParameterValue = NULL;
    c = dd_nobj_get(ConfigurationHandle, DD_SLOT_CONFIG, "not a configuration handle", DD_SITE());
    if (c == NULL || !name_utf8(Keyword, name) ||
        dd_seam_may_fail(DD_FAIL_CONFIG_READ, DD_SITE())) {
        return;
    }
    if (!read_predefined(c, name, ParameterValue, Status)) {
        *Status = read_value(c, name, ParameterType, ParameterValue);
    }
}

/* --- network address --- */

static int hex_digit(WCHAR w)
{
    if (w >= '0' && w <= '9') {
        return w - '0';
    }
    w |= 0x20;
    return w >= 'a' && w <= 'f' ? w - 'a' + 10 : -1;
}

/* pairs of hex digits, hyphens dropped; 0: not one */
static unsigned parse_address(const WCHAR *s, size_t units, uint8_t *out)
{
    unsigned digits = 0;

    for (size_t i = 0; i < units; i++) {
        int d;

        if (s[i] == '-') {
            continue;
        }
        d = hex_digit(s[i]);
        if (d < 0 || digits == 2 * MAC_BYTES_MAX) {
            return 0;
        }
        out[digits / 2] = (uint8_t)(digits % 2 == 0 ? d << 4 : out[digits / 2] | d);
        digits++;
    }
    return digits % 2 == 0 ? digits / 2 : 0;
}

VOID NdisReadNetworkAddress(PNDIS_STATUS Status, PVOID *NetworkAddress, PUINT NetworkAddressLength,
                            NDIS_HANDLE ConfigurationHandle)
{
    struct dd_config *c;
    struct given *g;
    uint32_t type;
    const void *data;
    size_t bytes;
    unsigned n;

    DD_API(NdisReadNetworkAddress);
    *Status = NDIS_STATUS_FAILURE;
    *NetworkAddress = NULL;
    *NetworkAddressLength = 0;
    c = dd_nobj_get(ConfigurationHandle, DD_SLOT_CONFIG, "not a configuration handle", DD_SITE());
    if (c == NULL || dd_seam_may_fail(DD_FAIL_CONFIG_READ, DD_SITE()) ||
        dd_key_get(c->key, "NetworkAddress", &type, &data, &bytes) < 0 || type != REG_SZ) {
        return;
    }
    g = give(c, MAC_BYTES_MAX);
    n = g != NULL ? parse_address(data, string_units(data, bytes), (uint8_t *)(g + 1)) : 0;
    if (n != 0) {
        *NetworkAddress = g + 1;
        *NetworkAddressLength = n;
        *Status = NDIS_STATUS_SUCCESS;
    }
}

/* --- writing --- */

static int write_string(struct dd_config *c, const char *name, uint32_t type, const NDIS_STRING *s)
{
    size_t bytes = s->Length + sizeof(WCHAR);
    char *copy = calloc(1, bytes);
    int r;

    if (copy == NULL) {
        return -ENOMEM;
    }
    if (s->Length != 0) {
        memcpy(copy, s->Buffer, s->Length);
    }
    r = dd_key_set(c->key, name, type, copy, bytes);
    free(copy);
    return r;
}

static int write_value(struct dd_config *c, const char *name, const NDIS_CONFIGURATION_PARAMETER *p)
{
    switch (p->ParameterType) {
    case NdisParameterInteger:
    case NdisParameterHexInteger:
        return dd_key_set_dword(c->key, name, p->ParameterData.IntegerData);
    case NdisParameterString:
        return write_string(c, name, REG_SZ, &p->ParameterData.StringData);
    case NdisParameterMultiString:
        return write_string(c, name, REG_MULTI_SZ, &p->ParameterData.StringData);
    case NdisParameterBinary:
        return dd_key_set(c->key, name, REG_BINARY, p->ParameterData.BinaryData.Buffer,
                          p->ParameterData.BinaryData.Length);
    default:
        return -ENOTSUP;
    }
}

VOID NdisWriteConfiguration(PNDIS_STATUS Status, NDIS_HANDLE ConfigurationHandle,
                            PNDIS_STRING Keyword, PNDIS_CONFIGURATION_PARAMETER ParameterValue)
{
    char name[NAME_BYTES];
    struct dd_config *c;
    int r;

    DD_API(NdisWriteConfiguration);
    *Status = NDIS_STATUS_FAILURE;
    c = dd_nobj_get(ConfigurationHandle, DD_SLOT_CONFIG, "not a configuration handle", DD_SITE());
    if (c == NULL || !name_utf8(Keyword, name)) {
        return;
    }
    r = write_value(c, name, ParameterValue);
    *Status = r == 0          ? NDIS_STATUS_SUCCESS
              : r == -ENOTSUP ? NDIS_STATUS_NOT_SUPPORTED
                              : NDIS_STATUS_RESOURCES;
}
