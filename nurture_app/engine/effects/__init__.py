"""What steps do, one class each. The order of `EFFECTS` is that in which a tick writes them."""

from __future__ import annotations

from nurture_app.engine.effects.ask_approval import AskApproval
from nurture_app.engine.effects.base import Effect
from nurture_app.engine.effects.change_audience import ChangeAudience
from nurture_app.engine.effects.enroll_in import EnrollIn
from nurture_app.engine.effects.give_points import GivePoints
from nurture_app.engine.effects.give_task import GiveTask
from nurture_app.engine.effects.hand_out import HandOut
from nurture_app.engine.effects.hand_over import HandOver
from nurture_app.engine.effects.leave_sequences import LeaveSequences
from nurture_app.engine.effects.make_record import MakeRecord
from nurture_app.engine.effects.message_person import MessagePerson
from nurture_app.engine.effects.note_use import NoteUse
from nurture_app.engine.effects.pause_sequences import PauseSequences
from nurture_app.engine.effects.send_notice import SendNotice
from nurture_app.engine.effects.show_on_portal import ShowOnPortal
from nurture_app.engine.effects.start_waiting import StartWaiting
from nurture_app.engine.effects.suppress import Suppress
from nurture_app.engine.effects.tell import TellFieldChanged, TellHappened
from nurture_app.engine.effects.write_field import WriteField
from nurture_app.engine.effects.write_tag import WriteTag

EFFECTS: tuple[type[Effect], ...] = (
	MakeRecord,
	GiveTask,
	SendNotice,
	AskApproval,
	HandOut,
	ChangeAudience,
	MessagePerson,
	ShowOnPortal,
	WriteField,
	NoteUse,
	StartWaiting,
)
"""Written before the enrollments move on."""
LAST_EFFECTS: tuple[type[Effect], ...] = (
	WriteTag,
	TellFieldChanged,
	TellHappened,
	GivePoints,
	HandOver,
	LeaveSequences,
	PauseSequences,
	EnrollIn,
	Suppress,
)
"""Written after them: they end or start enrollments, those of this very batch among them."""
