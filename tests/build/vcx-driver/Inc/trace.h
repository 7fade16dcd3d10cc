/* SPDX-License-Identifier: MIT */
/*
 * begin_wpp config
 * FUNC TraceFromHeader{LEVEL=x}(MSG, ...);
 * end_wpp
 */
#define WPP_CONTROL_GUIDS                                                                          \
    WPP_DEFINE_CONTROL_GUID(Vcx, (1, 2, 3), WPP_DEFINE_BIT(VCX_DBG) WPP_DEFINE_BIT(VCX_MORE))
