/// The gate: the code that an application runs when it calls a function of the ABI.
///
/// It changes from the application's stack to the running task's kernel
/// stack, which the core's record names, calls, and changes back. The frame
/// pointer links both stacks, so that a backtrace goes through. Arguments are
/// in registers: no function of the ABI has more than six.
public enum EntryGate {
    /// HERMIT_PERCORE_KERNEL_STACK of CMachine.h, in bytes.
    static let kernelStackOffset = 8

    /// The assembly of one function's gate; an object of its own, so that a
    /// program gets the gates that it uses.
    public static func assembly(for function: String) -> String {
        let implementation = PublicInterface.prefix + function
        return """
            \t.section .text.\(function), "ax", @progbits
            \t.globl \(function)
            \t.type \(function), @function
            \t.hidden \(implementation)
            \t.p2align 4
            \(function):
            \t.cfi_startproc
            \tpushq %rbp
            \t.cfi_def_cfa_offset 16
            \t.cfi_offset %rbp, -16
            \tmovq %rsp, %rbp
            \t.cfi_def_cfa_register %rbp
            \tmovq %gs:\(kernelStackOffset), %rsp
            \tcallq \(implementation)
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
