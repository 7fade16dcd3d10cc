/* SPDX-License-Identifier: MIT */
/*
 * wdm/crt.h - the part of the C library that the Windows kernel exports
 *
 * Three kinds of name:
 *   plain C (memcpy, strlen)    the host's own functions will do; declared as the host has them
 *   Microsoft's (_snprintf)     functions of the runtime under their own name
 *   same name, other meaning    sprintf (Windows' format language), wcslen (16-bit units): macros
 *                               that lead to Drydock* functions of the runtime. A file that
 *                               included the host's own header before keeps the host's function.
 *
 * There is no malloc and no stdio here, as in the kernel.
 */
#ifndef DRYDOCK_WDM_CRT_H
#define DRYDOCK_WDM_CRT_H

#include "../ntdef.h"

#ifdef __cplusplus
extern "C" {
#endif

/* IRQL of everything in this file: any, if the memory is resident. */

void *memcpy(void *dest, const void *src, size_t n) DD_NT_NOTHROW;
void *memmove(void *dest, const void *src, size_t n) DD_NT_NOTHROW;
void *memset(void *s, int c, size_t n) DD_NT_NOTHROW;
int memcmp(const void *a, const void *b, size_t n) DD_NT_NOTHROW;
size_t strlen(const char *s) DD_NT_NOTHROW;
size_t strnlen(const char *s, size_t maxlen) DD_NT_NOTHROW;
int strcmp(const char *a, const char *b) DD_NT_NOTHROW;
int strncmp(const char *a, const char *b, size_t n) DD_NT_NOTHROW;
char *strcpy(char *dest, const char *src) DD_NT_NOTHROW;
char *strncpy(char *dest, const char *src, size_t n) DD_NT_NOTHROW;
char *strcat(char *dest, const char *src) DD_NT_NOTHROW;
char *strncat(char *dest, const char *src, size_t n) DD_NT_NOTHROW;
size_t strspn(const char *s, const char *accept) DD_NT_NOTHROW;
int(toupper)(int c) DD_NT_NOTHROW;
int(tolower)(int c) DD_NT_NOTHROW;
int(isdigit)(int c) DD_NT_NOTHROW;
int(isspace)(int c) DD_NT_NOTHROW;
int(isxdigit)(int c) DD_NT_NOTHROW;
int(isprint)(int c) DD_NT_NOTHROW;
int(isupper)(int c) DD_NT_NOTHROW;
int(islower)(int c) DD_NT_NOTHROW;
int(isalpha)(int c) DD_NT_NOTHROW;
int(isalnum)(int c) DD_NT_NOTHROW;

#ifdef __cplusplus
/* In C++ these come in two kinds, so that constant strings stay constant. */
extern "C++" {
char *strchr(char *s, int c) noexcept(true) __asm__("strchr");
const char *strchr(const char *s, int c) noexcept(true) __asm__("strchr");
char *strrchr(char *s, int c) noexcept(true) __asm__("strrchr");
const char *strrchr(const char *s, int c) noexcept(true) __asm__("strrchr");
char *strstr(char *s, const char *needle) noexcept(true) __asm__("strstr");
const char *strstr(const char *s, const char *needle) noexcept(true) __asm__("strstr");
}
#else
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *needle);
#endif

/* Compare without regard to ASCII case; negative, 0, positive. */
DD_NT_IMPORT int _stricmp(const char *a, const char *b);
/* As _stricmp, at most n characters. */
DD_NT_IMPORT int _strnicmp(const char *a, const char *b, size_t n);
/* As _stricmp, for 16-bit characters. */
DD_NT_IMPORT int _wcsicmp(const WCHAR *a, const WCHAR *b);
/* As _strnicmp, for 16-bit characters. */
DD_NT_IMPORT int _wcsnicmp(const WCHAR *a, const WCHAR *b, size_t n);
/* Upper-case ASCII in place; returns s. */
DD_NT_IMPORT char *_strupr(char *s);
/* Lower-case ASCII in place; returns s. */
DD_NT_IMPORT char *_strlwr(char *s);

/*
 * Formatted print into count bytes, Windows' format language (%I64, %wZ, 32-bit %l ...). Returns
 * the number of characters, or -1 when they did not fit; then, and when they fit exactly, the
 * result has no terminator.
 */
DD_NT_IMPORT int _snprintf(char *buffer, size_t count, const char *format, ...);
/* _snprintf with a va_list. */
DD_NT_IMPORT int _vsnprintf(char *buffer, size_t count, const char *format, va_list args);
/* _snprintf in 16-bit characters; count is characters. */
DD_NT_IMPORT int _snwprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...);
/* _snwprintf with a va_list. */
DD_NT_IMPORT int _vsnwprintf(WCHAR *buffer, size_t count, const WCHAR *format, va_list args);

/* sprintf in Windows' format language: no limit, terminated. */
DD_NT_IMPORT int DrydockSprintf(char *buffer, const char *format, ...);
/* vsprintf in Windows' format language. */
DD_NT_IMPORT int DrydockVsprintf(char *buffer, const char *format, va_list args);
/* swprintf(buffer, format, ...) in 16-bit characters, no limit. */
DD_NT_IMPORT int DrydockSwprintf(WCHAR *buffer, const WCHAR *format, ...);
/* wcslen in 16-bit characters. */
DD_NT_IMPORT size_t DrydockWcslen(const WCHAR *s);
/* wcsnlen in 16-bit characters. */
DD_NT_IMPORT size_t DrydockWcsnlen(const WCHAR *s, size_t maxlen);
/* wcscpy in 16-bit characters. */
DD_NT_IMPORT WCHAR *DrydockWcscpy(WCHAR *dest, const WCHAR *src);
/* wcsncpy in 16-bit characters. */
DD_NT_IMPORT WCHAR *DrydockWcsncpy(WCHAR *dest, const WCHAR *src, size_t n);
/* wcscat in 16-bit characters. */
DD_NT_IMPORT WCHAR *DrydockWcscat(WCHAR *dest, const WCHAR *src);
/* wcscmp in 16-bit characters. */
DD_NT_IMPORT int DrydockWcscmp(const WCHAR *a, const WCHAR *b);
/* wcsncmp in 16-bit characters. */
DD_NT_IMPORT int DrydockWcsncmp(const WCHAR *a, const WCHAR *b, size_t n);
/* wcschr in 16-bit characters. */
DD_NT_IMPORT WCHAR *DrydockWcschr(const WCHAR *s, WCHAR c);
/* wcsrchr in 16-bit characters. */
DD_NT_IMPORT WCHAR *DrydockWcsrchr(const WCHAR *s, WCHAR c);
/* wcsstr in 16-bit characters. */
DD_NT_IMPORT WCHAR *DrydockWcsstr(const WCHAR *s, const WCHAR *needle);

#ifdef __cplusplus
}
#endif

/*
 * The names themselves. In C++, and for swprintf, only in driver code: the host's headers would
 * declare the same name with another type.
 */
#if !defined(__cplusplus) || defined(DRYDOCK_DRIVER)
#if !defined(_STDIO_H) && !defined(sprintf)
#define sprintf  DrydockSprintf
#define vsprintf DrydockVsprintf
#endif
#if !defined(_WCHAR_H) && !defined(wcslen)
#define wcslen  DrydockWcslen
#define wcsnlen DrydockWcsnlen
#define wcscpy  DrydockWcscpy
#define wcsncpy DrydockWcsncpy
#define wcscat  DrydockWcscat
#define wcscmp  DrydockWcscmp
#define wcsncmp DrydockWcsncmp
#define wcschr  DrydockWcschr
#define wcsrchr DrydockWcsrchr
#define wcsstr  DrydockWcsstr
#endif
#endif

#ifdef DRYDOCK_DRIVER
#define swprintf DrydockSwprintf
#endif

#endif
