/* SPDX-License-Identifier: MIT */
/* The driver's own names, names made from them, and the text of the helpers. */
#include "port_int.h"

#include <errno.h>

/* "Mp" of "MpSendPackets" */
static const char *prefix_of(struct drydock_port *port)
{
    static const struct {
        enum dd_role role;
        const char *end;
    } ends[] = {{ROLE_SEND_PACKETS, "SendPackets"},
                {ROLE_SEND_PACKETS, "MultipleSend"},
                {ROLE_SEND, "Send"},
                {ROLE_INITIALIZE, "Initialize"},
                {ROLE_HALT, "Halt"},
                {ROLE_RESET, "Reset"}};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *name = port->roles[ends[i].role].name;
        size_t n = name ? strlen(name) : 0, e = strlen(ends[i].end);

        if (n > e && n - e < 24 && strcmp(name + n - e, ends[i].end) == 0) {
            return dd_intern(port, name, n - e);
        }
    }
    return "Mp";
}

static bool is_taken(struct drydock_port *port, const char *name)
{
    size_t n = strlen(name);
    int r = 0;

    for (size_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, &r);

        for (uint32_t k = 1; s && k < s->ntok; k++) {
            if (tok_is_kind(s, k, TOK_IDENT) && tok_same(s, k, name, n)) {
                return true;
            }
        }
    }
    return false;
}

/* prefix and tail, with a number when the driver has the name */
static const char *new_name(struct drydock_port *port, const char *tail)
{
    const char *text = NULL;

    for (unsigned n = 1; n < 100; n++) {
        struct dd_buf b = {0};

        dd_buf_fmt(&b, n > 1 ? "%s%s%u" : "%s%s", port->prefix, tail, n);
        text = b.failed ? NULL : dd_intern(port, b.p, b.len);
        dd_buf_done(&b);
        if (!text || !is_taken(port, text)) {
            break;
        }
    }
    return text;
}

int dd_names_choose(struct drydock_port *port)
{
    static const char *const tails[HELPERS] = {"RegisterScatterGatherDma", "RegisterMapRegisterDma",
                                               "SetRegistrationAttributes",
                                               "SetRegistrationAttributesEx"};

    port->prefix = prefix_of(port);
    if (port->nfindings == 0 || !port->prefix) {
        port->process_name = "MpProcessSGList";
        return port->prefix ? 0 : -ENOMEM;
    }
    for (size_t i = 0; i < HELPERS; i++) {
        port->helper_names[i] = new_name(port, tails[i]);
    }
    port->process_name = new_name(port, "ProcessSGList");
    return port->no_memory || !port->process_name ? -ENOMEM : 0;
}

/* the functions of the roles: file and line of their definitions */
int dd_roles_find(struct drydock_port *port)
{
    int r = 0;

    for (uint32_t i = 0; i < port->nsources; i++) {
        const struct dd_source *s = dd_source_load(port, i, &r);

        if (!s) {
            return r;
        }
        for (size_t role = 0; role < ROLE_COUNT; role++) {
            struct dd_place *p = &port->roles[role];
            const struct dd_func *f =
                p->name && p->file == PORT_NONE ? dd_func_named(s, p->name) : NULL;

            if (f) {
                p->file = i;
                p->line = dd_line_of(s, s->toks[f->name].at);
            }
        }
    }
    return 0;
}

static void dma_head(const struct drydock_port *port, struct dd_buf *out)
{
    dd_buf_fmt(out, "MINIPORT_PROCESS_SG_LIST %s;\n", port->process_name);
    if (port->move_handler) {
        dd_buf_fmt(out, "%sMINIPORT_ALLOCATE_SHARED_MEM_COMPLETE %s;\n",
                   port->move_static ? "static " : "", port->move_handler);
    }
    dd_buf_str(out, "\n");
}

static void dma_body(const struct drydock_port *port, const char *flags, const char *maximum,
                     struct dd_buf *out)
{
    dd_buf_fmt(out,
               "{\n"
               "    NDIS_SG_DMA_DESCRIPTION Description;\n"
               "\n"
               "    NdisZeroMemory(&Description, sizeof(Description));\n"
               "    Description.Header.Type = NDIS_OBJECT_TYPE_SG_DMA_DESCRIPTION;\n"
               "    Description.Header.Revision = NDIS_SG_DMA_DESCRIPTION_REVISION_1;\n"
               "    Description.Header.Size = NDIS_SIZEOF_SG_DMA_DESCRIPTION_REVISION_1;\n"
               "    Description.Flags = %s ? NDIS_SG_DMA_64_BIT_ADDRESS : 0;\n"
               "    Description.MaximumPhysicalMapping = %s;\n"
               "    Description.ProcessSGListHandler = %s;\n"
               "    Description.SharedMemAllocateCompleteHandler = %s;\n"
               "    return NdisMRegisterScatterGatherDma(MiniportAdapterHandle, &Description, "
               "DmaHandle);\n"
               "}\n\n",
               flags, maximum, port->process_name,
               port->move_handler ? port->move_handler : "NULL");
}

static void attributes_text(const struct drydock_port *port, enum dd_helper which,
                            struct dd_buf *out)
{
    bool ex = which == HELPER_ATTRIBUTES_EX;

    dd_buf_fmt(
        out,
        "/* registration attributes; general attributes must follow before initialize "
        "succeeds */\n"
        "static NDIS_STATUS %s(NDIS_HANDLE MiniportAdapterHandle, NDIS_HANDLE Context,\n%s)\n"
        "{\n"
        "    NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES Attributes;\n"
        "\n"
        "    NdisZeroMemory(&Attributes, sizeof(Attributes));\n"
        "    Attributes.Header.Type = "
        "NDIS_OBJECT_TYPE_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES;\n"
        "    Attributes.Header.Revision = "
        "NDIS_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;\n"
        "    Attributes.Header.Size =\n"
        "        NDIS_SIZEOF_MINIPORT_ADAPTER_REGISTRATION_ATTRIBUTES_REVISION_1;\n"
        "    Attributes.MiniportAdapterContext = Context;\n"
        "    Attributes.AttributeFlags = NDIS_MINIPORT_ATTRIBUTES_HARDWARE_DEVICE |%s;\n"
        "%s"
        "    Attributes.InterfaceType = InterfaceType;\n"
        "    return NdisMSetMiniportAttributes(MiniportAdapterHandle,\n"
        "                                      "
        "(PNDIS_MINIPORT_ADAPTER_ATTRIBUTES)&Attributes);\n"
        "}\n\n",
        port->helper_names[which],
        ex ? "    UINT CheckForHangTimeInSeconds, ULONG AttributeFlags,\n"
             "    NDIS_INTERFACE_TYPE InterfaceType"
           : "    BOOLEAN BusMaster, NDIS_INTERFACE_TYPE InterfaceType",
        ex ? " AttributeFlags" : "\n        (BusMaster ? NDIS_MINIPORT_ATTRIBUTES_BUS_MASTER : 0)",
        ex ? "    Attributes.CheckForHangTimeInSeconds = CheckForHangTimeInSeconds;\n" : "");
}

void dd_helper_text(const struct drydock_port *port, enum dd_helper which, struct dd_buf *out)
{
    switch (which) {
    case HELPER_SG:
        dma_head(port, out);
        dd_buf_fmt(out,
                   "/* the DMA registration of NDIS 6, with the arguments of NDIS 5 */\n"
                   "static NDIS_STATUS %s(NDIS_HANDLE MiniportAdapterHandle,\n"
                   "    BOOLEAN Dma64BitAddresses, ULONG MaximumPhysicalMapping, "
                   "PNDIS_HANDLE DmaHandle)\n",
                   port->helper_names[which]);
        dma_body(port, "Dma64BitAddresses", "MaximumPhysicalMapping", out);
        break;
    case HELPER_MAPREGS:
        dma_head(port, out);
        dd_buf_fmt(out,
                   "/* the DMA registration of NDIS 6; channel and count of registers are the "
                   "HAL's now */\n"
                   "static NDIS_STATUS %s(NDIS_HANDLE MiniportAdapterHandle,\n"
                   "    UINT DmaChannel, UCHAR DmaSize, ULONG BaseMapRegistersNeeded,\n"
                   "    ULONG MaximumPhysicalMapping, PNDIS_HANDLE DmaHandle)\n",
                   port->helper_names[which]);
        dma_body(port, "(DmaSize == NDIS_DMA_64BITS)", "MaximumPhysicalMapping", out);
        break;
    default:
        attributes_text(port, which, out);
        break;
    }
}
