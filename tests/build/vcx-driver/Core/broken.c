/* SPDX-License-Identifier: MIT */
#error excluded from the build
