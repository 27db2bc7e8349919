<?php
// Sets up the scratch WordPress and writes an invented paper into it; prints the ids of its posts and categories by name, as JSON.
// Usage: php fill.php SITE-FOLDER. The paper's “now” is noon UTC of 6 April 2026, two days after Chile's clocks went back.
error_reporting( E_ERROR );
$_SERVER['HTTP_HOST'] = '127.0.0.1:' . getenv( 'WORDPRESS_FRONT' );
define( 'WP_INSTALLING', true );
function wp_new_blog_notification() {} // else a mail would be sent
require $argv[1] . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/admin.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'The Canal Gazette', 'editor', 'editor@example.org', false, '', 'for this scratch site only' );
update_option( 'timezone_string', 'America/Santiago' );
update_option( 'gmt_offset', '' );
update_option( 'permalink_structure', '/%year%/%monthnum%/%day%/%postname%/' );
update_option( 'posts_per_page', 10 );
foreach ( get_posts( array( 'numberposts' => -1, 'post_type' => 'any', 'post_status' => 'any' ) ) as $sample ) {
	wp_delete_post( $sample->ID, true );
}
create_initial_taxonomies();
$GLOBALS['wp_rewrite']->init();
flush_rewrite_rules( false );

$category = array();
foreach ( array( 'news' => '', 'economy' => 'news', 'energy' => 'economy', 'culture' => '', 'unused' => 'culture' ) as $slug => $parent ) {
	$made              = wp_insert_term( ucfirst( $slug ), 'category', array( 'slug' => $slug, 'parent' => $parent ? $category[ $parent ] : 0 ) );
	$category[ $slug ] = $made['term_id'];
}
$writer = wp_insert_user( array( 'user_login' => 'ines', 'user_pass' => 'x', 'display_name' => 'Inés Calfucurá', 'role' => 'author' ) );
$gone   = wp_insert_user( array( 'user_login' => 'former', 'user_pass' => 'x', 'display_name' => 'Former Writer', 'role' => 'author' ) );

function story( string $slug, string $gmt, array $more = array() ): int {
	global $category, $writer;
	$words = ucfirst( str_replace( '-', ' ', $slug ) );
	$given = array_merge(
		array(
			'post_title'    => $words,
			'post_name'     => $slug,
			'post_status'   => 'publish',
			'post_date_gmt' => $gmt,
			'post_date'     => get_date_from_gmt( $gmt ),
			'post_author'   => $writer,
			'post_category' => array( $category['news'] ),
			'post_content'  => "<p>$words: the paper of an invented town tells it in one whole sentence. A second sentence follows, for a summary needs a hundred letters.</p>",
		),
		$more
	);
	return wp_insert_post( wp_slash( $given ), false, false );
}

function photo( string $name, int $width, int $height, string $alt, int $parent = 0 ): int {
	$folder = wp_upload_dir( '2026/04' );
	$file   = $folder['path'] . "/$name.jpg";
	$image  = imagecreatetruecolor( $width, $height );
	imagefill( $image, 0, 0, imagecolorallocate( $image, 60, 90, 120 ) );
	imagejpeg( $image, $file );
	$about = array( 'post_mime_type' => 'image/jpeg', 'post_title' => $name, 'post_status' => 'inherit', 'post_date' => '2026-04-04 12:00:00' );
	$id    = wp_insert_attachment( $about, $file, $parent );
	wp_update_attachment_metadata( $id, wp_generate_attachment_metadata( $id, $file ) );
	update_post_meta( $id, '_wp_attachment_image_alt', $alt );
	return $id;
}

$post             = array();
$post['plain']    = story( 'the-lock-keepers-choose-a-speaker', '2026-04-06 09:00:00' );
$post['child']    = story( 'wind-turns-on-the-weir', '2026-04-06 08:00:00', array( 'post_category' => array( $category['energy'] ) ) );
$post['titled']   = story(
	'a-title-with-marks',
	'2026-04-06 07:00:00',
	array(
		'post_title'   => 'Lock & key: “the mayor’s” week – <em>in full</em>',
		'post_excerpt' => 'A dek by the editors, one whole sentence long and with the &amp; of a title.',
	)
);
$post['pictured'] = story( 'a-bridge-with-a-picture', '2026-04-06 06:00:00' );
set_post_thumbnail( $post['pictured'], photo( 'bridge', 1600, 900, 'A bridge over the canal' ) );
$post['inline'] = story(
	'a-picture-in-the-text',
	'2026-04-06 05:00:00',
	array( 'post_content' => '<figure><img src="/wp-content/uploads/2026/04/bridge.jpg" alt="" width="1600" height="900"/></figure><p>The text has its own picture, and no featured one beside it at all.</p>' )
);
$post['sticky'] = story( 'what-stays-on-top', '2026-04-05 18:00:00' );
stick_post( $post['sticky'] );
$post['aside'] = story( 'a-short-aside', '2026-04-05 17:00:00' );
set_post_format( $post['aside'], 'aside' );
$post['orphan'] = story( 'a-writer-who-left', '2026-04-05 16:00:00', array( 'post_author' => $gone ) );
$post['secret'] = story( 'for-subscribers-with-a-word', '2026-04-05 15:00:00', array( 'post_password' => 'word' ) );
$post['private'] = story( 'for-the-desk-alone', '2026-04-05 14:00:00', array( 'post_status' => 'private' ) );
$post['draft']   = story( 'not-written-yet', '2026-04-05 13:00:00', array( 'post_status' => 'draft' ) );
$post['trashed'] = story( 'thrown-away', '2026-04-05 12:00:00' );
wp_trash_post( $post['trashed'] );
$post['hidden_picture'] = story( 'a-picture-nobody-may-see', '2026-04-05 11:00:00' );
set_post_thumbnail( $post['hidden_picture'], photo( 'hidden', 1200, 800, 'Not to be seen', $post['private'] ) );
$post['primary'] = story(
	'two-sections-one-of-them-first',
	'2026-04-05 10:00:00',
	array( 'post_category' => array( $category['culture'], $category['economy'] ) )
);
update_post_meta( $post['primary'], 'rank_math_primary_category', (string) $category['culture'] );
update_post_meta( $post['primary'], 'views', '1234' );
$post['long'] = story(
	'a-long-read-without-a-dek',
	'2026-04-05 09:00:00',
	array( 'post_content' => str_repeat( "<p>The canal was dug by hand in the year of the great drought, and its banks were planted with willows.</p>\n\n", 12 ) )
);
$post['fold_first']  = story( 'told-before-the-clocks-went-back', '2026-04-05 02:30:00' ); // both are 23:30 on the site's clock
$post['fold_second'] = story( 'told-after-the-clocks-went-back', '2026-04-05 03:30:00' );
$post['rising']      = story( 'scheduled-long-ago', '2026-04-06 11:00:00', array( 'post_status' => 'draft' ) );
$post['old']         = story( 'known-by-its-id-alone', '2026-03-25 12:00:00' );
for ( $number = 1; $number <= 230; $number++ ) {
	story(
		"short-item-$number",
		gmdate( 'Y-m-d H:i:s', strtotime( '2025-12-10 00:00:00 UTC' ) - 1200 * $number ),
		array( 'post_content' => "<p>Item $number.</p>", 'post_category' => array( $number % 2 ? $category['energy'] : $category['culture'] ) )
	);
}
// As the scheduler leaves it: its time and its last editing lie in the past, and only the status changes when it goes live.
$GLOBALS['wpdb']->update(
	$GLOBALS['wpdb']->posts,
	array( 'post_status' => 'future', 'post_modified' => '2026-03-20 09:00:00', 'post_modified_gmt' => '2026-03-20 12:00:00' ),
	array( 'ID' => $post['rising'] )
);
$GLOBALS['wpdb']->delete( $GLOBALS['wpdb']->users, array( 'ID' => $gone ) );

$word = WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'digest' ) );
echo wp_json_encode( array( 'posts' => $post, 'categories' => $category, 'password' => $word[0] ) ), "\n";
