/* SPDX-License-Identifier: MIT */
#pragma once

long CoreAnswer(long half);
