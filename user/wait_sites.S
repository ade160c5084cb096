/* SPDX-License-Identifier: GPL-2.0 */
/* The table of wait sites, so that a lone binary works. */
	.section .rodata
	.globl wait_sites_text, wait_sites_text_end
wait_sites_text:
	.incbin "wait_sites.txt"
wait_sites_text_end:
	.byte 0
	.section .note.GNU-stack,"",%progbits
