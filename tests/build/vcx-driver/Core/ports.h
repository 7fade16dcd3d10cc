/* SPDX-License-Identifier: MIT */
#pragma once

NDIS_STATUS VcxRegister(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath,
                        NDIS_HANDLE Context, PNDIS_MINIPORT_DRIVER_CHARACTERISTICS Characteristics,
                        PNDIS_HANDLE Handle);
