/* SPDX-License-Identifier: MIT */
/* wdm/object.h - handles, threads, registry keys: Ob*, Ps*, Zw* */
#ifndef DRYDOCK_WDM_OBJECT_H
#define DRYDOCK_WDM_OBJECT_H

#include "../ntdef.h"
#include "dispatch.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DELETE              0x00010000
#define READ_CONTROL        0x00020000
#define SYNCHRONIZE         0x00100000
#define STANDARD_RIGHTS_ALL 0x001F0000
#define GENERIC_READ        0x80000000
#define GENERIC_WRITE       0x40000000
#define GENERIC_EXECUTE     0x20000000
#define GENERIC_ALL         0x10000000
#define THREAD_ALL_ACCESS   0x001FFFFF
#define EVENT_ALL_ACCESS    0x001F0003

typedef struct _IO_STATUS_BLOCK {
    __extension__ union {
        NTSTATUS Status;
        PVOID Pointer;
    };
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef struct _OBJECT_HANDLE_INFORMATION {
    ULONG HandleAttributes;
    ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;

typedef PVOID PSECURITY_DESCRIPTOR;

/* Object types, for the ObjectType parameter below. Data exports. */
DD_NT_IMPORT extern POBJECT_TYPE *PsThreadType;
DD_NT_IMPORT extern POBJECT_TYPE *ExEventObjectType;

/* ---- objects --------------------------------------------------------------------------------- */

/* A pointer with a reference. ObjectType NULL: any. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                                POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                                PVOID *Object,
                                                POBJECT_HANDLE_INFORMATION HandleInformation);
/* One reference more. IRQL: <= DISPATCH. */
DD_NT_IMPORT LONG_PTR ObfReferenceObject(PVOID Object);
/* One reference less. IRQL: <= DISPATCH. */
DD_NT_IMPORT LONG_PTR ObfDereferenceObject(PVOID Object);

#define ObReferenceObject(Object)   ObfReferenceObject(Object)
#define ObDereferenceObject(Object) ObfDereferenceObject(Object)

/* STATUS_INVALID_HANDLE for a handle that is not open. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwClose(HANDLE Handle);

/* ---- threads --------------------------------------------------------------------------------- */

/* Runs at PASSIVE_LEVEL. */
typedef VOID NTAPI KSTART_ROUTINE(PVOID StartContext);
typedef KSTART_ROUTINE *PKSTART_ROUTINE;

/*
 * A thread of the driver. Close the handle; to join, get the object first and wait for it.
 * IRQL: = PASSIVE.
 */
DD_NT_IMPORT NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                           POBJECT_ATTRIBUTES ObjectAttributes,
                                           HANDLE ProcessHandle, PCLIENT_ID ClientId,
                                           PKSTART_ROUTINE StartRoutine, PVOID StartContext);
/* Ends the calling thread; does not return on success. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus);
/* The thread that is running. IRQL: any. */
DD_NT_IMPORT PKTHREAD KeGetCurrentThread(VOID);
#define PsGetCurrentThread() KeGetCurrentThread()
/* Returns the old priority. IRQL: = PASSIVE. */
DD_NT_IMPORT KPRIORITY KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority);

/* ---- registry -------------------------------------------------------------------------------- */

#define KEY_QUERY_VALUE        0x0001
#define KEY_SET_VALUE          0x0002
#define KEY_CREATE_SUB_KEY     0x0004
#define KEY_ENUMERATE_SUB_KEYS 0x0008
#define KEY_NOTIFY             0x0010
#define KEY_READ               0x00020019
#define KEY_WRITE              0x00020006
#define KEY_ALL_ACCESS         0x000F003F

#define REG_NONE                0
#define REG_SZ                  1
#define REG_EXPAND_SZ           2
#define REG_BINARY              3
#define REG_DWORD               4
#define REG_DWORD_LITTLE_ENDIAN 4
#define REG_DWORD_BIG_ENDIAN    5
#define REG_LINK                6
#define REG_MULTI_SZ            7
#define REG_QWORD               11

#define REG_OPTION_NON_VOLATILE 0
#define REG_OPTION_VOLATILE     1
#define REG_CREATED_NEW_KEY     1
#define REG_OPENED_EXISTING_KEY 2

typedef enum _KEY_VALUE_INFORMATION_CLASS DD_NT_ENUM_BASE {
    KeyValueBasicInformation = 0,
    KeyValueFullInformation = 1,
    KeyValuePartialInformation = 2
} KEY_VALUE_INFORMATION_CLASS;

typedef enum _KEY_INFORMATION_CLASS DD_NT_ENUM_BASE {
    KeyBasicInformation = 0,
    KeyNodeInformation = 1,
    KeyFullInformation = 2
} KEY_INFORMATION_CLASS;

typedef struct _KEY_VALUE_BASIC_INFORMATION {
    ULONG TitleIndex;
    ULONG Type;
    ULONG NameLength;
    WCHAR Name[1];
} KEY_VALUE_BASIC_INFORMATION, *PKEY_VALUE_BASIC_INFORMATION;

typedef struct _KEY_VALUE_FULL_INFORMATION {
    ULONG TitleIndex;
    ULONG Type;
    ULONG DataOffset;
    ULONG DataLength;
    ULONG NameLength;
    WCHAR Name[1];
} KEY_VALUE_FULL_INFORMATION, *PKEY_VALUE_FULL_INFORMATION;

typedef struct _KEY_VALUE_PARTIAL_INFORMATION {
    ULONG TitleIndex;
    ULONG Type;
    ULONG DataLength;
    UCHAR Data[1];
} KEY_VALUE_PARTIAL_INFORMATION, *PKEY_VALUE_PARTIAL_INFORMATION;

/* STATUS_OBJECT_NAME_NOT_FOUND when there is none. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                                POBJECT_ATTRIBUTES ObjectAttributes);
/* Open or create; only the last component is created. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                                  POBJECT_ATTRIBUTES ObjectAttributes, ULONG TitleIndex,
                                  PUNICODE_STRING Class, ULONG CreateOptions, PULONG Disposition);
/* Delete an open key. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwDeleteKey(HANDLE KeyHandle);
/* Sub-key number Index; STATUS_NO_MORE_ENTRIES at the end. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwEnumerateKey(HANDLE KeyHandle, ULONG Index,
                                     KEY_INFORMATION_CLASS KeyInformationClass,
                                     PVOID KeyInformation, ULONG Length, PULONG ResultLength);
/*
 * STATUS_BUFFER_TOO_SMALL: not even the fixed part fits. STATUS_BUFFER_OVERFLOW: data cut. Both set
 * *ResultLength. IRQL: = PASSIVE.
 */
DD_NT_IMPORT NTSTATUS ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                                      KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                      PVOID KeyValueInformation, ULONG Length, PULONG ResultLength);
/* Create or replace a value. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG TitleIndex,
                                    ULONG Type, PVOID Data, ULONG DataSize);
/* Delete a value. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName);

/* ---- files, security: only as old drivers open their control device -------------------------- */

/* Open a file or device. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                                 POBJECT_ATTRIBUTES ObjectAttributes,
                                 PIO_STATUS_BLOCK IoStatusBlock, ULONG ShareAccess,
                                 ULONG OpenOptions);
/* Accepted and ignored. IRQL: = PASSIVE. */
DD_NT_IMPORT NTSTATUS ZwSetSecurityObject(HANDLE Handle, ULONG SecurityInformation,
                                          PSECURITY_DESCRIPTOR SecurityDescriptor);

/* CreateDisposition */
#define FILE_SUPERSEDE    0
#define FILE_OPEN         1
#define FILE_CREATE       2
#define FILE_OPEN_IF      3
#define FILE_OVERWRITE    4
#define FILE_OVERWRITE_IF 5

#define FILE_SHARE_READ  1
#define FILE_SHARE_WRITE 2

#ifdef __cplusplus
}
#endif

#endif
