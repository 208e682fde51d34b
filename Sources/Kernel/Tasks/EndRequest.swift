import KernelMain
import KernelSupport

/// The program's end where the host asks for it by a signal: what `hermit run` was sent.
public enum EndRequest {
    /// From now on the host asks; before, it ends the machine. Where nothing can ask nothing
    /// changes. No lock may be held.
    public static func expect() {
        guard (try? Tasks.start()) != nil, InputWait.start() else { return }
        unsafe Runtime.endRequested = { isInterrupt in
            guard let number = KernelServices.takeEndRequest() else { return }
            TerminalSignal.send(number, isInterrupt: isInterrupt)
        }
        KernelServices.wish(.endings)
    }

    /// Whoever has taken standard input from the port may have taken such a request along, for
    /// which there is no interrupt any more. No lock may be held.
    public static func look() {
        if let look = unsafe Runtime.endRequested { look(false) }
    }
}
