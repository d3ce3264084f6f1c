// Everything the Desk forms of nurture_app share. Loaded on demand: our forms wait for it in before_load, so that every other
// event finds it; forms of a Lead, an Opportunity or a Customer, which are not ours, do not wait.
import "./nurture/common";
import "./nurture/condition_editor";
import "./nurture/outline";
import "./nurture/step_builder";
import "./nurture/sequence_goal";
import "./nurture/split_editor";
import "./nurture/approval";
import "./nurture/insert_menu";
import "./nurture/mail_preview";
import "./nurture/enroll_dialog";
import "./nurture/merge_dialog";
import "./nurture/sales_help";
import "./nurture/panel_cards";
import "./nurture/given_by_segments";
import "./nurture/handoff";
import "./nurture/insights";
import "./nurture/lead_panel";
import "./nurture/lead_summary";
import "./nurture/privacy";
import "./nurture/checklist";
import "./nurture/trigger_form";
import "./nurture/topics";
