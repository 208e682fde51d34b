/// The gate: the code an application runs when it calls a function of the ABI.
///
/// It changes from the application's stack to the running task's kernel
/// stack, whose top the core's record holds, calls, and changes back. The
/// frame pointer links both stacks, so that a backtrace goes through.
///
/// A leaf function, which the headers mark with HERMIT_LEAF, is short, waits
/// for nothing and needs little stack: it has no gate, and runs on the
/// application's stack.
public enum EntryGate {
    /// HERMIT_PERCORE_KERNEL_STACK of CMachine.h.
    static let kernelStackOffset = 8

    /// The assembly of one function's gate.
    public static func assembly(for function: String) -> String {
        """
        \t.section .text.\(function), "ax", @progbits
        \t.globl \(function)
        \t.type \(function), @function
        \t.hidden \(PublicInterface.prefix)\(function)
        \(function):
        \t.cfi_startproc
        \tpushq %rbp
        \t.cfi_def_cfa_offset 16
        \t.cfi_offset %rbp, -16
        \tmovq %rsp, %rbp
        \t.cfi_def_cfa_register %rbp
        \tmovq %gs:\(kernelStackOffset), %rsp
        \tcallq \(PublicInterface.prefix)\(function)
        \tmovq %rbp, %rsp
        \tpopq %rbp
        \t.cfi_def_cfa %rsp, 8
        \tretq
        \t.cfi_endproc
        \t.size \(function), .-\(function)
        \t.section .note.GNU-stack, "", @progbits

        """
    }
}
